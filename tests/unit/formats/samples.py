"""A small pair of layouts with a mapping, and how to run files through them. The people in it do not exist."""

from pathlib import Path

from gateway.formats import CharacterTable, Converter, CsvProfile, Form, Layout, Mapping, compile_conversion

GAIJI = "# version: 1\n# approved by: 情報政策課\ncode,unicode\n80A1,U+2000B\n80A2,U+8FBB U+E0101\n"

MASTER_ITEMS = [
    {"name": "種別", "type": "text", "length": 1, "width": "half"},
    {"name": "宛名番号", "type": "text", "length": 15, "width": "half", "key": True, "required": True},
    {"name": "氏名", "type": "text", "length": 42},
    {"name": "カナ", "type": "text", "length": 30, "width": "half"},
    {"name": "性別", "type": "text", "length": 1, "width": "half"},
    {
        "name": "生年月日",
        "type": "date",
        "form": "GYYMMDD",
        "eras": ["1", "2", "3", "4", "5"],
        "meanings": {"zeros": ""},
    },
    {"name": "所得額", "type": "packed", "digits": 9, "signed": True},
    {"name": "率", "type": "zoned", "digits": 5, "decimals": 2, "signed": True},
    {"type": "filler", "length": 14},
]
MASTER_LENGTH = 120

STANDARD_ITEMS = [
    {"id": "03100001", "name": "宛名番号", "type": "X", "length": 15, "key": True, "required": True},
    {"id": "03100003", "name": "氏名", "type": "N", "length": 100},
    {"id": "03100008", "name": "氏名_読み仮名", "type": "N", "length": 100},
    {"id": "03100011", "name": "性別", "type": "X", "length": 1},
    {"id": "03100012", "name": "生年月日", "type": "DATE"},
    {"name": "所得額", "type": "S9", "length": 9},
    {"name": "率", "type": "S9", "length": 5, "decimals": 2},
]

LINES = [
    {"to": "種別", "value": "2"},
    {"from": "03100001", "to": "宛名番号"},
    {"from": "氏名", "to": "氏名"},
    {"from": "氏名_読み仮名", "to": "カナ", "width": {"from": "full", "to": "half"}},
    {"from": "性別", "to": "性別", "codes": {"0": "9", "1": "1", "2": "2"}},
    {"from": "生年月日", "to": "生年月日"},
    {"from": "所得額", "to": "所得額"},
    {"from": "率", "to": "率"},
]

ROWS = (
    "宛名番号,氏名,氏名_読み仮名,性別,生年月日,所得額,率\n"
    "000000000000019,見本　太郎,ミホン　タロウ,1,1985-02-14,-1234567,12.50\n"
    "000000000000027,𠀋辻󠄁ＡＢＣ,ガッツ　パーク,0,,0,-0.05\n"
    "000000000000035,,,2,1950-00-00,999999999,999.99\n"
)


def master(**changes: object) -> Layout:
    """The legacy layout, in JEF unless changed."""
    return Layout.model_validate(
        {
            "name": "master",
            "records": "fixed",
            "length": MASTER_LENGTH,
            "encoding": "jef",
            "characters": ["gaiji"],
            "items": MASTER_ITEMS,
        }
        | changes
    )


def standard(**changes: object) -> Layout:
    """The standardized layout."""
    return Layout.model_validate({"name": "standard", "records": "csv", "items": STANDARD_ITEMS} | changes)


def mapping(**changes: object) -> Mapping:
    """The mapping between them."""
    return Mapping.model_validate({"name": "m", "from": "standard", "to": "master", "items": LINES} | changes)


def gaiji(text: str = GAIJI) -> CharacterTable:
    """A 外字 table."""
    return CharacterTable.parse(text, source="characters/gaiji.csv")


def legacy_form(layout: Layout | None = None) -> Form:
    """The legacy form with its 外字 table."""
    return Form(layout=layout or master(), tables=(gaiji(),))


def csv_form(layout: Layout | None = None, **profile: object) -> Form:
    """The standardized form."""
    return Form(layout=layout or standard(), profile=CsvProfile.model_validate({"name": "csv"} | profile))


def down(**changes: object) -> Converter:
    """Standardized to legacy."""
    return compile_conversion(csv_form(), legacy_form(), mapping(**changes))


def up(**changes: object) -> Converter:
    """Legacy to standardized."""
    return compile_conversion(legacy_form(), csv_form(), mapping(**changes))


def run(converter: Converter, folder: Path, content: bytes) -> bytes:
    """What a converter makes of some bytes."""
    source, target = folder / "in", folder / "out"
    source.write_bytes(content)
    converter.convert(source, target)
    return target.read_bytes()
