"""Several municipalities in one folder: what would join two of them is refused in each, and nothing else is."""

import pytest

from gateway.cli.faultformats import sarif
from gateway.load import load
from gateway.load.municipalities import misplaced
from gateway.load.snapshot import snapshot
from gateway.load.stamps import stamps
from tests.support.city import CSV, FIXED, MAPPING

NAMES = ("aomi", "kitano")
SYSTEMS = "systems:\n  old: {vendor: v, standard_from: never}\n"
ROUTE = """\
from: {system: old, legacy: {endpoint: here, path: "*.dat", ready: at-once}}
to: {system: old, legacy: {endpoint: there, path: "{name}"}}
schedule: {every: 1m}
"""
PORTS = {"aomi": 8441, "kitano": 8442}


class Joint:
    """The folder, and what is changed in it."""

    def __init__(self, root):
        self.root = root
        for name in NAMES:
            self.write(name, "gateway.yaml", self.gateway(name))
            self.write(name, "systems.yaml", SYSTEMS)
            self.write(name, "endpoints.yaml", self.endpoints(name))
            self.write(name, "routes/v/r.yaml", ROUTE)

    def gateway(self, name, more=""):
        return (
            f'gateway: {{name: {name}, state_dir: ./var}}\nconsole: {{listen: "127.0.0.1:{PORTS[name]}"}}\n'
            f"vendors: {{v: {{}}}}\n{more}"
        )

    def endpoints(self, name, more=""):
        places = "".join(
            f"  {place}: {{adapter: local, root: {self.root / name / place}}}\n"
            for place in ("here", "there")
        )
        return f"endpoints:\n{places}{more}"

    def folder(self, name):
        return self.root / "joint/municipalities" / name

    def write(self, name, file, text):
        path = self.folder(name) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def load(self, name):
        return load(self.folder(name), environment={})

    def told(self, name):
        return [str(fault).replace(str(self.root), "ROOT") for fault in self.load(name).faults]


@pytest.fixture
def joint(tmp_path):
    return Joint(tmp_path)


HOST = "adapter: sftp, zone: on-prem, host: 10.0.0.1, host_key: SHA256:" + "A" * 43
LOGIN = "login: {user: USER, password: {env: P}}"


def test_municipalities_that_have_all_of_their_own_run_without_a_fault(joint):
    for name in NAMES:
        more = f"  host: {{{HOST}, {LOGIN.replace('USER', name)}}}\n"
        more += f"  store: {{adapter: s3, zone: gov-cloud, bucket: shared, prefix: {name}/}}\n"
        joint.write(name, "endpoints.yaml", joint.endpoints(name, more))
    for name in NAMES:
        city = joint.load(name)
        assert (city.faults, list(city.routes), city.usable) == ((), ["r"], True)


def test_routes_know_no_endpoint_of_another_municipality(joint):
    more = f"  mainframe: {{{HOST}, {LOGIN}}}\n"
    joint.write("kitano", "endpoints.yaml", joint.endpoints("kitano", more))
    joint.write("aomi", "routes/v/r.yaml", ROUTE.replace("endpoint: there", "endpoint: mainframe"))
    assert joint.told("aomi") == ["routes/v/r.yaml:2:38: unknown endpoint mainframe; known here: here, there"]


PLACES = {
    "one login at one host": (f"{{{HOST}, {LOGIN}}}", f"{{{HOST}, {LOGIN}}}"),
    "a folder within the other's": (
        f"{{{HOST}, {LOGIN}, root: out/a}}",
        f"{{{HOST}, {LOGIN}, root: out}}",
    ),
    "one bucket": (
        "{adapter: s3, zone: gov-cloud, bucket: b}",
        "{adapter: s3, zone: gov-cloud, bucket: b, prefix: x/}",
    ),
    "one folder": ("{adapter: local, root: /srv/renkei}", "{adapter: local, root: /srv/renkei/in}"),
    "the later address of a host": (
        f"{{{HOST}, {LOGIN}, variants: [{{from: 2027-04-01T00:00:00+09:00, host: 10.0.0.2}}]}}",
        f"{{{HOST.replace('10.0.0.1', '10.0.0.2')}, {LOGIN}}}",
    ),
}


@pytest.mark.parametrize("case", PLACES)
def test_a_place_that_two_municipalities_call_theirs_is_refused_in_both_and_their_other_routes_run(
    joint, case
):
    for name, place in zip(NAMES, PLACES[case], strict=True):
        joint.write(name, "endpoints.yaml", joint.endpoints(name, f"  mine: {place}\n"))
    for name, other in (NAMES, NAMES[::-1]):
        (told,) = joint.told(name)
        assert told == (
            f"endpoints.yaml:4:3: mine of {other} leads there too, and neither could tell its files from the other's; "
            "write a login, bucket or folder of its own"
        )
        assert list(joint.load(name).routes) == ["r"]
        assert "mine" not in joint.load(name).endpoints


def test_what_there_can_be_one_of_on_a_machine_is_refused_in_both(joint):
    same = joint.gateway("aomi", 'journal: {url: "postgresql://db/renkei"}\nlog: {to: /var/log/renkei.log}\n')
    for name in NAMES:
        joint.write(name, "gateway.yaml", same)
    for name, other in (NAMES, NAMES[::-1]):
        assert joint.told(name) == [
            f"gateway.yaml:1:17: gateway.name aomi is that of {other} as well; write one of its own",
            f"gateway.yaml:2:19: console.listen 127.0.0.1:8441 is that of {other} as well; write one of its own",
            f"gateway.yaml:4:16: journal.url postgresql://db/renkei is that of {other} as well; write one of its own",
            f"gateway.yaml:5:11: log.to /var/log/renkei.log is that of {other} as well; write one of its own",
        ]
        assert not joint.load(name).usable


REACHING = {
    "its state in the other's": ("gateway.yaml", "state_dir: ./var", "state_dir: ../kitano/var/mine", True),
    "its state around the other's": ("gateway.yaml", "state_dir: ./var", "state_dir: ..", True),
    "the other's journal": (
        "gateway.yaml",
        "vendors:",
        'journal: {url: "sqlite:///../kitano/var/journal.db"}\nvendors:',
        True,
    ),
    "a certificate of the other's": (
        "gateway.yaml",
        '8441"}',
        '8441", tls: {certificate: ../kitano/page.pem, key: ../kitano/page.key}}',
        True,
    ),
    "the other's spool as a place": (
        "endpoints.yaml",
        "ROOT/aomi/here",
        "ROOT/joint/municipalities/kitano/var/spool",
        False,
    ),
    "a secret of the other's": (
        "endpoints.yaml",
        "endpoints:",
        f"endpoints:\n  host: {{{HOST}, login: {{user: u, password: {{file: ROOT/joint/municipalities/kitano/p}}}}}}",
        False,
    ),
}


@pytest.mark.parametrize("case", REACHING)
def test_nothing_of_a_municipality_reaches_into_another(joint, case):
    file, old, new, whole = REACHING[case]
    path = joint.folder("aomi") / file
    old, new = (text.replace("ROOT", str(joint.root)) for text in (old, new))
    assert old in path.read_text(encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    city = joint.load("aomi")
    assert any("is not apart from what kitano keeps in" in fault.message for fault in city.errors), (
        city.errors
    )
    assert {fault.file for fault in city.errors} <= {file, "routes/v/r.yaml"}
    assert city.usable != whole


def test_a_folder_in_which_two_municipalities_keep_is_refused_in_both(joint):
    share = joint.root / "share"
    for name in NAMES:
        path = joint.folder(name) / "gateway.yaml"
        text = path.read_text(encoding="utf-8").replace("state_dir:", f"kept_dir: {share}, state_dir:")
        path.write_text(text, encoding="utf-8")
    for name, other in (NAMES, NAMES[::-1]):
        (fault,) = joint.load(name).errors
        assert fault.message == (
            f"{share} is not apart from what {other} keeps in {share}; write a place of its own"
        )
        assert not joint.load(name).usable


def test_a_link_in_between_changes_nothing(joint):
    (joint.root / "aomi").mkdir()
    (joint.root / "aomi/here").symlink_to(joint.folder("kitano"))
    assert "here" not in joint.load("aomi").endpoints


def test_what_is_broken_in_one_municipality_is_no_fault_of_another(joint):
    joint.write("kitano", "gateway.yaml", "gateway: [")
    joint.write("kitano", "endpoints.yaml", "endpoints: {here: {adapter: ftp}}")
    assert joint.told("aomi") == []
    assert not joint.load("kitano").usable


def test_what_stands_where_nobody_reads_it_is_told(joint):
    (joint.root / "joint/gateway.yaml").write_text("")
    (joint.root / "joint/municipalities/Minami Town").mkdir()
    (joint.root / "joint/municipalities/endpoints.yaml").write_text("")
    where = "this is no municipality's folder; name one with a-z, 0-9 and single hyphens"
    assert list(map(str, misplaced(joint.root / "joint"))) == [
        "gateway.yaml:1:1: this stands beside municipalities/, where nobody reads it; move it to municipalities/NAME/",
        f"municipalities/Minami Town:1:1: {where}",
        f"municipalities/endpoints.yaml:1:1: {where}",
    ]


CONVERTING = """\
from: {system: old, legacy: {endpoint: here, path: "*.dat", ready: at-once, layout: fixed}}
to: {system: new, standard: {endpoint: there, path: "{stem}.csv", layout: csv}}
convert: fixed-to-csv
schedule: {every: 1m}
"""
FORMS = {"layouts/fixed.yaml": FIXED, "layouts/csv.yaml": CSV, "mappings/fixed-to-csv.yaml": MAPPING}


@pytest.fixture
def sharing(joint):
    """The folder, with forms that its municipalities share."""
    for file, text in FORMS.items():
        share(joint, file, text)
    for name in NAMES:
        joint.write(name, "systems.yaml", f"{SYSTEMS}  new: {{vendor: v, standard_from: always}}\n")
        joint.write(name, "routes/v/r.yaml", CONVERTING)
    return joint


def share(joint, file, text):
    path = joint.root / "joint/shared" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_forms_beside_the_municipalities_are_everyones(sharing):
    for name in NAMES:
        city = sharing.load(name)
        assert (sharing.told(name), list(city.routes)) == ([], ["r"])
    assert misplaced(sharing.root / "joint") == ()


def test_a_municipalitys_own_form_holds_in_the_place_of_the_shared_one_and_for_itself_alone(sharing):
    sharing.write(
        "aomi",
        "layouts/fixed.yaml",
        FIXED.replace("length: 20", "length: 21").replace("length: 10", "length: 11"),
    )
    lengths = {name: sharing.load(name).conversions.library.layouts["fixed"].length for name in NAMES}
    assert lengths == {"aomi": 21, "kitano": 20}


def test_a_shared_version_is_none_of_a_municipalitys_own_form(sharing):
    """Else what a municipality wrote for itself would become another's on that day."""
    share(sharing, "layouts/fixed@2027-04-01.yaml", FIXED)
    sharing.write("aomi", "layouts/fixed.yaml", FIXED)
    assert sharing.told("aomi") == sharing.told("kitano") == []
    versions = {name: set(sharing.load(name).conversions.library.layouts) for name in NAMES}
    assert versions == {"aomi": {"fixed", "csv"}, "kitano": {"fixed", "csv", "fixed@2027-04-01"}}


def test_a_fault_in_what_is_shared_is_told_wherever_it_is_used_with_its_file(sharing):
    share(sharing, "layouts/fixed.yaml", FIXED.replace("length: 20", "lenght: 20"))
    for name in NAMES:
        assert (
            "../../shared/layouts/fixed.yaml:4:1: unknown key lenght; did you mean length?"
            in sharing.told(name)
        )
        assert "r" in sharing.load(name).rejected
    results = sarif(sharing.load("aomi").faults, sharing.folder("aomi"))["runs"][0]["results"]
    places = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results}
    assert str(sharing.root / "joint/shared/layouts/fixed.yaml") in places


def test_a_change_of_what_is_shared_is_a_change_of_each_configuration(sharing):
    folder = sharing.folder("kitano")
    before = stamps(folder)
    share(sharing, "mappings/fixed-to-csv.yaml", f"{MAPPING}# mended\n")
    after = stamps(folder)
    changed = {file for file in after if before.get(file) != after[file]}
    assert changed == {"../../shared/mappings/fixed-to-csv.yaml"}
    assert snapshot(folder, after).texts["../../shared/mappings/fixed-to-csv.yaml"].endswith("# mended\n")


def test_what_is_shared_leads_nowhere_else(sharing):
    secret = sharing.root / "secret.yaml"
    secret.write_text(FIXED, encoding="utf-8")
    (sharing.root / "joint/shared/layouts/more.yaml").symlink_to(secret)
    (told,) = sharing.told("aomi")
    assert told.startswith("../../shared/layouts/more.yaml:1:1: the file is a link that leads out")
    folder = sharing.folder("aomi")
    assert "見本" not in snapshot(folder, stamps(folder)).texts["../../shared/layouts/more.yaml"]


def test_places_and_people_are_never_shared(sharing):
    share(sharing, "endpoints.yaml", "endpoints: {}")
    share(sharing, "routes/v/r.yaml", CONVERTING)
    (sharing.root / "joint/layouts").mkdir()
    forms = "shared/ may hold layouts, mappings, characters, profiles, tolerances"
    assert list(map(str, misplaced(sharing.root / "joint"))) == [
        "layouts:1:1: this stands beside municipalities/, where nobody reads it; move it to shared/",
        f"shared/endpoints.yaml:1:1: nobody reads this here; {forms}",
        f"shared/routes:1:1: nobody reads this here; {forms}",
    ]
    assert list(sharing.load("aomi").endpoints) == ["here", "there"]


def test_a_copybook_is_shared_with_its_form(sharing):
    share(
        sharing,
        "layouts/fixed.cpy",
        "       01 R.\n           05 BANGO PIC X(5).\n           05 KINGAKU PIC 9(5).\n",
    )
    share(sharing, "layouts/fixed.cpy.yaml", "encoding: cp932\n")
    (sharing.root / "joint/shared/layouts/fixed.yaml").unlink()
    layout = sharing.load("aomi").conversions.library.layouts["fixed"]
    assert (layout.length, [leaf.item.name for leaf in layout.leaves]) == (10, ["BANGO", "KINGAKU"])


def test_registers_of_tolerated_differences_are_shared_too(sharing):
    register = "tolerances: [{rule: only-old, reason: 除票, owner: 市民課, expires: 2099-01-31}]\n"
    share(sharing, "tolerances/juki.yaml", register)
    assert list(sharing.load("aomi").conversions.library.registers) == ["juki"]
