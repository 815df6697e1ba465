"""What exactly is wrong with a value or a record, as ``gateway.formats`` says it, each with its Japanese. Pure."""

from __future__ import annotations

DEFECTS: tuple[tuple[str, str], ...] = (
    # characters
    (
        "a code has no character; enter it in a character table",
        "コードに対応する文字がありません。外字表に登録してください",
    ),
    ("a double-byte character is cut", "全角文字が途中で切れています"),
    ("the shift back to single bytes is missing", "半角に戻すシフトコードがありません"),
    ("the escape sequence back to ASCII is missing", "ASCII に戻すエスケープシーケンスがありません"),
    (
        "what stands for a character has no code here ({width} width)",
        "代わりの文字のコードがありません（{width} 幅）",
    ),
    ("a character has no code here ({width} width)", "文字のコードがありません（{width} 幅）"),
    ("a character has no code in {encoding}", "{encoding} にない文字があります"),
    ("a character has no code and no entry in a reduction table", "文字のコードも縮退表の登録もありません"),
    (
        "a character that has no place in an item of width: {width}",
        "width: {width} の項目に入らない文字があります",
    ),
    ("a character has no {width}-width counterpart", "{width} 幅にできない文字があります"),
    ("the change of width would not come back as it was", "全角・半角を変換すると元に戻せません"),
    (
        "the bytes are not {encoding}, or a character is cut",
        "{encoding} として読めないか、文字が途中で切れています",
    ),
    ("the bytes are not {encoding}", "{encoding} として読めません"),
    (
        "a character that type {type} does not allow; half width becomes full with {setting}",
        "データ型 {type} で使えない文字があります。半角は {setting} と書くと全角になります",
    ),
    ("a character that type {type} does not allow", "データ型 {type} で使えない文字があります"),
    ("a character that this item does not allow", "この項目で使えない文字があります"),
    # lengths
    ("more than {count} characters", "{count} 文字を超えています"),
    ("more than {count} digits after the decimal point", "小数点以下が {count} けたを超えています"),
    ("more than {count} digits", "{count} けたを超えています"),
    ("fewer than {count} characters", "{count} 文字に足りません"),
    ("not {count} characters", "{count} 文字ではありません"),
    ("needs {count} bytes, the item has {size}", "{count} バイト必要ですが、項目は {size} バイトです"),
    (
        "the record has {count} bytes, its items need {size}",
        "レコードは {count} バイトですが、項目には {size} バイト必要です",
    ),
    ("{count} columns, the layout has {size}", "{count} 列ありますが、レイアウトは {size} 列です"),
    (
        "has more than {count} digits; COMP-5 takes all that fits",
        "{count} けたを超えています。入る数すべてを使うなら COMP-5 です",
    ),
    ("does not fit into {size} bytes", "{size} バイトに入りません"),
    (
        "the last record has {count} of {size} bytes; the file was cut or the layout's length is wrong",
        "最後のレコードが {size} バイト中 {count} バイトしかありません。ファイルが切れたか、レイアウトの長さが違います",
    ),
    (
        "this is no length of a {what}; are includes_itself, blocks and order declared as they are?",
        "{what} の長さとして正しくありません。includes_itself、blocks、order の設定を確認してください",
    ),
    (
        "this is no length from {least} to {most}; is length_field declared as it is?",
        "長さが {least} から {most} の範囲にありません。length_field の設定を確認してください",
    ),
    ("the record ends before the count of a table", "繰返し回数の項目より前でレコードが終わっています"),
    (
        "the count of a table is not a number from 0 to {most}",
        "繰返し回数が 0 から {most} までの数ではありません",
    ),
    (
        "no line end where the record ends; is the length right?",
        "レコードの終わりに改行がありません。長さを確認してください",
    ),
    (
        "the last line has no line end; the file was cut",
        "最後の行に改行がありません。ファイルが途中で切れています",
    ),
    (
        "the line does not end with the profile's {ending}",
        "行の終わりがプロファイルの {ending} ではありません",
    ),
    (
        "the line ends with CRLF; the profile says line_end: {ending}",
        "行の終わりが CRLF です。プロファイルは line_end: {ending} です",
    ),
    # values that must be there
    ("no value in a required item", "必須の項目に値がありません"),
    ("a value for an item that is not there", "このレコードにない項目に値があります"),
    ("no value, and its condition of output holds", "出力条件が成り立つのに値がありません"),
    (
        "no value for a number; declare what an empty one means (meanings)",
        "数値が空です。空の意味を meanings に書いてください",
    ),
    (
        "no value for a date; declare what an empty one means (meanings)",
        "日付が空です。空の意味を meanings に書いてください",
    ),
    ("this value would read back as a declared meaning", "この値は、読み戻すと meanings の意味になります"),
    ("an item of the key is not there", "キーの項目がありません"),
    ("another record of the file has the same key", "同じキーのレコードがファイルにもう一件あります"),
    ("none of the values that the layout's changes declare", "レイアウトの changes にない値です"),
    ("a code that is not in the item's list", "項目のコード表にないコードです"),
    ("a code that is not in the mapping's code table", "マッピングのコード表にないコードです"),
    ("the item does not hold the constant of the mapping", "マッピングの固定値と違う値です"),
    (
        "rule {number} of the layout does not hold: {title}",
        "レイアウトの規則 {number} を満たしません：{title}",
    ),
    ("rule {number} of the layout does not hold", "レイアウトの規則 {number} を満たしません"),
    # numbers
    (
        "not a decimal number: digits, a leading - and a point at most",
        "十進数ではありません（数字、先頭の -、小数点だけが使えます）",
    ),
    ("a negative number in an item without a sign", "符号のない項目に負の数があります"),
    (
        "the last {count} digits are not stored and must be zeros",
        "下 {count} けたは格納しないため、0 でなければなりません",
    ),
    ("a nibble is not a digit", "パック数値に数字でない桁があります"),
    ("the last nibble is not a sign", "パック数値の最後が符号ではありません"),
    ("the sign is neither plus nor minus", "符号が正負のどちらでもありません"),
    ("the byte with the sign is not a digit with a zone", "符号を持つ桁がゾーン数字ではありません"),
    ("a byte is not a digit", "数字でない桁があります"),
    ("infinite, or not a number", "無限大または非数です"),
    ("this number cannot be stored exactly", "この数は正確に格納できません"),
    ("too large for a floating-point item", "浮動小数点の項目に入らない大きさです"),
    (
        "not a number of up to {count} digits without leading zeros",
        "先頭に 0 のない {count} けた以内の数ではありません",
    ),
    ("not a number filled up to {count} digits", "{count} けたに 0 を補った数ではありません"),
    (
        "not one of the two signs of the mapping beside a number without a sign",
        "符号のない数に添える符号が、マッピングの二つの符号のどちらでもありません",
    ),
    ("minus beside zero", "0 に負の符号が付いています"),
    # dates
    ("month or day is out of range", "月または日が範囲の外です"),
    ("no day of the calendar", "暦にない日です"),
    ("not a date: YYYY-MM-DD, 00 for unknown", "日付（YYYY-MM-DD、不明は 00）ではありません"),
    ("not a year: four digits", "年（数字 4 けた）ではありません"),
    ("not a time: HH:MM:SS", "時刻（HH:MM:SS）ではありません"),
    ("not a digit where the form has one", "書式の数字の位置に数字がありません"),
    ("the separator of the form is missing", "書式の区切り文字がありません"),
    (
        "the era of this date is not certain; declare its meaning",
        "この日付の元号が決まりません。意味を meanings に書いてください",
    ),
    (
        "this era date has no unambiguous western form; carry it as text as well",
        "この和暦は西暦に一意に直せません。文字としても送ってください",
    ),
    ("the era code is not in the layout's list", "元号コードがレイアウトの一覧にありません"),
    ("the year of the era has more than two digits", "元号の年が 2 けたを超えています"),
    ("not an era code of the mapping with two digits", "マッピングの元号コードと 2 けたの年ではありません"),
    (
        "this year of an era has no way back; it belongs to another era",
        "この元号の年は別の元号に属するため、元に戻せません",
    ),
    ("a year before the first era", "最初の元号より前の年です"),
    (
        "two eras share this year; say shared: earlier or later",
        "この年には元号が二つあります。shared: earlier か later を書いてください",
    ),
    (
        "the date has a month or a day, and only its year is carried",
        "年だけを送る設定ですが、日付に月か日があります",
    ),
    ("a wording that is not of the form that can be read back", "読み戻せる書き方ではありません"),
    ("a first year without an era", "元号のない元年です"),
    ("date, flag and wording do not agree with one another", "日付・不詳フラグ・表記が互いに合いません"),
    # joining and splitting
    ("a part is empty, or holds the separator", "結合する値が空か、区切り文字を含んでいます"),
    ("not {count} parts with the separator between them", "区切り文字で {count} 個に分かれません"),
    ("a part does not have its length", "結合する値の長さが違います"),
    (
        "no line is for this value in this record",
        "このレコードのこの値に当てはまるマッピングの行がありません",
    ),
    (
        "two lines write one item of this record",
        "このレコードの一つの項目に、マッピングの二つの行が書き込みます",
    ),
    # CSV
    (
        "a quote inside a value is doubled and the value stands in quotes",
        "値の中の引用符は二重にし、値を引用符で囲む必要があります",
    ),
    (
        "no end within {count} bytes; a quote may never be closed",
        "{count} バイト以内に終わりません。引用符が閉じていない可能性があります",
    ),
    ("a quote is opened and never closed", "引用符が閉じていません"),
    (
        "a quote stands in the line, and the profile says quoting: none",
        "引用符がありますが、プロファイルは quoting: none です",
    ),
    (
        "a value holds a comma, a quote or a line end, or a record is empty, and quoting is none",
        "値にカンマ・引用符・改行があるか、レコードが空ですが、プロファイルは quoting: none です",
    ),
    (
        "the header line differs from the layout's {header}, in number or in order",
        "見出し行がレイアウトの {header} と、数または順番で違います",
    ),
    # the way back
    (
        "the conditions of the two ways do not agree for this record",
        "往復の条件が、このレコードで一致しません",
    ),
    ("the value written does not read back as it was", "書き込んだ値が、元どおりに読み戻せません"),
    ("the way back gives another value", "逆変換すると別の値になります"),
    ("no way back: {why}", "元に戻せません：{why}"),
    # the file as a whole
    (
        "unpacked it is longer than `expands` in the profile allows; raise that if the file is meant",
        "展開するとプロファイルの `expands` を超えます。正しいファイルなら、値を大きくしてください",
    ),
    (
        "the file is not what the profile's compression says, or it was cut or damaged",
        "プロファイルの compression と違う形式か、途中で切れたか、壊れています",
    ),
    ("the archive has another number of members than one", "アーカイブの中のファイルが一つではありません"),
    (
        "the archive is encrypted, or packed by a method that is not supported",
        "アーカイブが暗号化されているか、対応していない方式です",
    ),
    (
        "the header line is missing; an empty file needs no_records: empty",
        "見出し行がありません。空のファイルを認めるには no_records: empty が必要です",
    ),
    ("the byte order mark that the profile declares is missing", "プロファイルで指定した BOM がありません"),
    (
        "the file begins with a byte order mark; the profile says bom: false",
        "ファイルが BOM で始まっていますが、プロファイルは bom: false です",
    ),
    ("a record of a kind that the layout does not have", "レイアウトにない種類のレコードです"),
    (
        "a {kind} record after {former}; header, data and trailer follow",
        "{former} の後に {kind} レコードがあります。ヘッダー、データ、トレーラーの順です",
    ),
    ("the file ends without its {kind} record", "{kind} レコードがないままファイルが終わっています"),
    (
        "the {kind} does not agree with the data records before it",
        "{kind} が、それより前のデータレコードと合いません",
    ),
    (
        "the header's values change, the layout has one set",
        "ヘッダーの値が変わっています。レイアウトのヘッダーは一組です",
    ),
    ("the two files differ in their number of records", "二つのファイルのレコード数が違います"),
    (
        "the part does not read back with the records that were written into it",
        "分割したファイルを読み戻すと、書き込んだレコードと一致しません",
    ),
    ("not {encoding}", "{encoding} として読めません"),
)
