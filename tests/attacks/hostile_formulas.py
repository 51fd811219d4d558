"""Formulas and names that cost more than they should, or have no end."""

from __future__ import annotations

import random

from attacks.hostile import Parts, Spoil, add_behind, add_formula, add_names, add_rows, title


def array_of(content: Parts, source: random.Random) -> None:
    """An array without an area, or with one that no sheet has, or all of it."""
    ref = source.choice(["", ' ref=""', ' ref="A1:XFD1048576"', ' ref="A5000:Z1048576"',
                         ' ref="A1"', ' ref="B2:A1"', ' ref="A:A"', ' ref="x"', ' ref="A1:XFE9"',
                         ' ref="A5000:XFD9000"'])  # fmt: skip
    add_formula(content, "A1*2", f' t="array"{ref}')


def many_arrays(content: Parts, source: random.Random) -> None:
    count = source.choice([5_000, 40_000])
    whole = source.random() < 0.5
    add_rows(content, "".join(
        f'<row r="{n}"><c r="A{n}"><f t="array" ref="A{n}:{"XFD" if whole else "A"}{n}">B{n}</f>'
        f"<v>0</v></c><c r=\"B{n}\"><f>C{n}</f><v>0</v></c></row>"
        for n in range(6000, 6000 + count)
    ))  # fmt: skip


def data_table(content: Parts, source: random.Random) -> None:
    add_formula(content, "", ' t="dataTable" ref="A5000:A1048576" dt2D="1" r1="A1" r2="B1"')


def shared_formula(content: Parts, source: random.Random) -> None:
    """A long formula that thousands of cells share; or one that nobody has."""
    way = source.randrange(3)
    if way == 0:
        return add_formula(content, "", ' t="shared" si="99"')
    long = "+".join(["A1"] * (2000 if way == 1 else 5))
    add_rows(content, f'<row r="6000"><c r="B6000"><f t="shared" ref="B6000:B16000" si="7">{long}'
             "</f></c></row>" + "".join(
        f'<row r="{n}"><c r="B{n}"><f t="shared" si="7"/></c></row>' for n in range(6001, 16000)
    ))  # fmt: skip
    return None


def deep_formula(content: Parts, source: random.Random) -> None:
    depth = source.choice([100, 2_500, 20_000, 200_000])
    way = source.randrange(7)
    formula = [
        "(" * depth + "1" + ")" * depth, "-" * depth + "1", "1" + "^2" * depth, "1" + "+1" * depth,
        "SUM(" * depth + "1" + ")" * depth, "IF(1," * depth + "1" + ")" * depth, "(" * depth,
    ][way]  # fmt: skip
    where = source.randrange(3)
    if where == 0:
        add_names(content, f'<definedName name="Deep">{formula}</definedName>')
        add_formula(content, "Deep+1")
    elif where == 1:
        rule = f'<cfRule type="expression" priority="1"><formula>{formula}</formula></cfRule>'
        add_behind(content, f'<conditionalFormatting sqref="A1">{rule}</conditionalFormatting>')
        add_formula(content, formula)
    else:
        add_formula(content, formula)


def long_tokens(content: Parts, source: random.Random) -> None:
    """What a search with backtracking is slow at, again and again."""
    token = source.choice([
        "A" * 8000 + "(", "'a" * 4000, "'" * 8000, "A1:" * 2700, "[" * 8000, "a." * 4000,
        '"' * 7999, "#" * 8000, "$" * 8000, "A" * 8000 + "!", "Sheet1!" * 1100, "9" * 8000,
    ])  # fmt: skip
    cells = "".join(
        f'<row r="{n}"><c r="A{n}"><f>{token}</f><v>1</v></c></row>' for n in range(6000, 6300)
    )
    add_rows(content, cells)
    add_rows(content, '<row r="9000"><c r="A9000"><f t="array" ref="A9000">B1</f></c></row>')


def circular(content: Parts, source: random.Random) -> None:
    count = source.choice([1, 1000, 20_000])
    add_rows(content, "".join(
        f'<row r="{n}"><c r="A{n}"><f>A{n + 1 if n < 5999 + count else 6000}+1</f></c></row>'
        for n in range(6000, 6000 + count)
    ))  # fmt: skip


def long_chain(content: Parts, source: random.Random) -> None:
    """Each cell reads the next one, to the last."""
    count = source.choice([5_000, 60_000])
    add_rows(content, "".join(
        f'<row r="{n}"><c r="A{n}"><f>A{n + 1}+1</f></c></row>' for n in range(6000, 6000 + count)
    ))  # fmt: skip


def costly_formula(content: Parts, source: random.Random) -> None:
    whole = "$A$1:$XFD$1048576"
    formula = source.choice([
        f"SUM({whole})", f"SUMPRODUCT({whole}*{whole})", f"SUMPRODUCT(({whole}=1)*1)",
        'LEN(REPT("a",1E9))', 'REPT(REPT("a",32767),32767)', "FACT(1E9)", "SUM(SEQUENCE(1E9))",
        "SUM(ROW(1:1048576)*COLUMN(A:XFD))", "COUNTIF(A:XFD,1)", "SUM(A:XFD)", "MATCH(7,A:A,0)",
        "MMULT(A1:ZZ700,A1:ZZ700)", "SUM(INDIRECT(\"A1:XFD1048576\"))",
        "SUM(OFFSET(A1,0,0,1E6,1E4))", "FIBONACCI(9)", "BASE(1E300,2,255)", "1E999",
        "TEXT(1,REPT(\"0\",30000))", "COMBIN(1E9,5E8)",
    ])  # fmt: skip
    count = source.choice([1, 200])
    add_rows(content, "".join(
        f'<row r="{n}"><c r="A{n}"><f>{formula.replace("&", "&amp;")}</f></c></row>'
        for n in range(6000, 6000 + count)
    ))  # fmt: skip


def names_over_sheets(content: Parts, source: random.Random) -> None:
    count = source.choice([1, 50, 500])
    area = source.choice(["$A$1:$Z$1048576", "$A$1:$XFD$1048576", "$A$1:$A$1048576",
                          "$B$3:$A$1", "$A:$XFD", "$A$1:$XFE$1", "$A$0:$A$1"])  # fmt: skip
    add_names(content, "".join(
        f'<definedName name="Wide{n}">{title(content)}!{area}</definedName>' for n in range(count)
    ))  # fmt: skip
    add_formula(content, "SUM(Wide0)")


def recursive_names(content: Parts, source: random.Random) -> None:
    """Names that are made of themselves, or each of the one before, twice."""
    way = source.randrange(3)
    if way == 0:
        names = ["Loop0+1"]
    elif way == 1:
        names = ["1"] + [f"Loop{n}+Loop{n}" for n in range(60)]
    else:
        names = [f"Loop{(n + 1) % 5000}+1" for n in range(5000)]
    add_names(content, "".join(
        f'<definedName name="Loop{n}">{text}</definedName>' for n, text in enumerate(names)
    ))  # fmt: skip
    add_formula(content, f"Loop{len(names) - 1}")


def many_names(content: Parts, source: random.Random) -> None:
    count = source.choice([3_000, 9_000, 20_000, 150_000])
    area = f"{title(content)}!$A$1:$Z$100"
    names = (f'<definedName name="N{n}_">{area}</definedName>' for n in range(count))
    add_names(content, "".join(names))


PERHAPS: list[Spoil] = [
    array_of, many_arrays, data_table, shared_formula, deep_formula, long_tokens, circular,
    long_chain, costly_formula, names_over_sheets, recursive_names, many_names,
]  # fmt: skip
