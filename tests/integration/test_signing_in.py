"""Who may see and do what on the status page: roles, passwords, a proxy's word, certificates and tokens."""

from gateway.observing.metrics import PREFIX
from tests.integration.test_status_page import held, opened, people, town
from tests.support.servers import certificates

__all__ = ["town"]  # the fixture


async def test_people_sign_in_and_each_sees_and_does_what_its_role_allows(town, tmp_path, monkeypatch):
    roles = {
        "tanaka": {"role": "operator"},
        "suzuki": {"role": "viewer"},
        "w-sha": {"role": "vendor", "vendor": "w"},
    }
    async with opened(town, people=people(tmp_path, monkeypatch, **roles)) as (gateway, page):
        file = await held(gateway, town)
        assert (await page.get("/"))[2]["Location"] == "/sign-in"
        assert (await page.get("/live"))[0] == 303

        assert (await page.sign_in("w-sha"))[0] == 303
        text = (await page.get("/"))[1]
        assert ("/routes/s" in text, "/routes/r" in text) == (True, False)
        hidden = ["/routes/r", f"/transfers/{file.id}", "/audit"]
        assert [(await page.get(path))[0] for path in hidden] == [404] * len(hidden)
        assert "a.dat" not in (await page.get("/held"))[1] + (await page.get("/alarms"))[1]
        assert file.id not in (await page.get("/search?q=a.dat"))[1]
        assert (await page.get("/metrics"))[0] == 401
        assert (await page.get("/act/pause/route:s"))[0] == 403

        assert (await page.sign_in("suzuki"))[0] == 303
        assert "/routes/r" in (await page.get("/"))[1]
        assert (await page.get("/act/pause/route:r"))[0] == 403

        assert (await page.sign_in("tanaka"))[0] == 303
        assert (await page.act("pause", "route:r", reason="点検"))[0] == 303
        assert (await gateway.journal.people.pauses())[0].who == "tanaka"
        assert (await page.post("/sign-out", {"csrf": await page.csrf("/")}))[0] == 303
        assert (await page.get("/"))[0] == 303


async def test_wrong_passwords_are_reported_and_make_the_next_try_wait(town, tmp_path, monkeypatch):
    roles = people(tmp_path, monkeypatch, tanaka={"role": "operator"})
    async with opened(town, people=roles) as (_, page):
        for _ in range(5):
            assert (await page.sign_in("tanaka", "wrong"))[0] == 403
        assert (await page.sign_in("tanaka"))[0] == 403
        reasons = [one["reason"] for one in town.log.events("sign_in_failed")]
        assert reasons == ["wrong name or password"] * 5 + ["too many tries"]
        assert "wrong" not in "".join(town.log.lines).replace("wrong name or password", "")


async def test_a_proxy_is_believed_from_its_address_alone(town, tmp_path, monkeypatch):
    roles = people(tmp_path, monkeypatch, tanaka={"role": "operator"})
    known = {"X-Remote-User": "tanaka"}
    async with opened(town, people=roles, proxy={"from": "127.0.0.1"}) as (_, page):
        assert (await page.get("/", headers=known))[0] == 200
        assert (await page.get("/", headers={"X-Remote-User": "nobody"}))[0] == 303
        assert (await page.get("/"))[0] == 303
    async with opened(town, people=roles, proxy={"from": "192.0.2.1"}) as (_, page):
        assert (await page.get("/", headers=known))[0] == 303


async def test_with_a_certificate_the_page_speaks_tls_and_its_cookie_stays_on_it(town, tmp_path):
    made = certificates.make(tmp_path / "tls")
    both = {"certificate": made.server, "key": made.server}
    async with opened(town, tls=both) as (_, page):
        assert page.base.startswith("https://")
        status, _, headers = await page.get("/")
        assert status == 200
        assert "Secure" in headers["Set-Cookie"]
        assert "max-age" in headers["Strict-Transport-Security"]


async def test_metrics_beyond_a_sign_in_need_the_token(town, tmp_path, monkeypatch):
    monkeypatch.setenv("TOKEN", "abc")
    roles = people(tmp_path, monkeypatch, tanaka={"role": "operator"})
    async with opened(town, people=roles, metrics_token={"env": "TOKEN"}) as (_, page):
        assert (await page.get("/metrics"))[0] == 401
        assert (await page.get("/metrics", headers={"Authorization": "Bearer abd"}))[0] == 401
        status, text, _ = await page.get("/metrics", headers={"Authorization": "Bearer abc"})
        assert (status, f'{PREFIX}route_state{{route="r"' in text) == (200, True)
        assert [(await page.get(path))[0] for path in ("/healthz", "/readyz")] == [200, 200]
