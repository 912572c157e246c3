import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.answer.numbers import numbers_in


def values(text: str) -> list[tuple[float, ...]]:
    return [found.values for found in numbers_in(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # currencies, decimal signs, groups
        ("Refunded $42.10.", [(42.1,)]),
        ("Erstattet: 42,10 EUR", [(42.1,)]),
        ("$1,042.10", [(1042.1,)]),
        ("1.042,10 €", [(1042.1,)]),
        ("1 042.10 EUR", [(1042.1,)]),
        ("1\u202f042,10 €", [(1042.1,)]),
        ("1\u00a0042", [(1042.0,)]),
        ("CHF 1'042.10", [(1042.1,)]),
        ("1’042", [(1042.0,)]),
        ("1'042,10", [(1042.1,)]),
        ("1_000", [(1000.0,)]),
        ("1_00", []),
        ("₹12,34,567", [(1234567.0,)]),
        ("₹1,00,000.50", [(100000.5,)]),
        ("1.042.107,5", [(1042107.5,)]),
        ("1,042,107", [(1042107.0,)]),
        ("EUR42.10", [(42.1,)]),
        ("US$42.10 or R$5", [(42.1,), (5.0,)]),
        ("USD 42.10 and -EUR 12 500", [(42.1,), (-12500.0,)]),
        ("$ 42", [(42.0,)]),
        ("Rs.500 and kr500", [(500.0,), (500.0,)]),
        ("42.10USD", [(42.1,)]),
        ("12 500 kr", [(12500.0,)]),
        ("12 500 zł", [(12500.0,)]),
        # two readings
        ("1,042", [(1042.0, 1.042)]),
        ("1.042", [(1042.0, 1.042)]),
        ("0.500 and 0,500", [(0.5,), (0.5,)]),
        ("1042.107", [(1042.107,)]),
        ("we have 5 100 packs", [(5100.0,), (5.0,), (100.0,)]),
        ("12 500 EUR", [(12500.0,)]),
        ("2 500.00", [(2500.0,)]),
        ("5m wide, 5m EUR", [(5000000.0, 5.0), (5000000.0,)]),
        ("10% off", [(10.0, 0.1)]),
        ("10 % off, 5 percent", [(10.0, 0.1), (5.0, 0.05)]),
        # signs
        ("-5", [(-5.0,)]),
        ("it is −5 degrees", [(-5.0,)]),
        ("total:-5", [(-5.0,)]),
        ("-$42.10 and $-42.10 and -€ 42.10", [(-42.1,), (-42.1,), (-42.1,)]),
        ("(5.00)", [(5.0, -5.0)]),
        ("($5.00) (5,00 €)", [(5.0, -5.0), (5.0, -5.0)]),
        ("(5 items)", [(5.0,)]),
        ("+5", [(5.0,)]),
        ("--5", [(5.0,)]),
        ("total—5", [(5.0,)]),
        # ranges, ratios, lists
        ("5-10 days", [(5.0,), (10.0,)]),
        ("5–10 %", [(5.0, 0.05), (10.0, 0.1)]),
        ("$5-$10, 5€-10€, 5%-10%", [(5.0,), (10.0,), (5.0,), (10.0,), (5.0, 0.05), (10.0, 0.1)]),
        ("2024-2026", [(2024.0,), (2026.0,)]),
        ("8/10", [(8.0,), (10.0,)]),
        ("$5/$10", [(5.0,), (10.0,)]),
        ("$10/month", [(10.0,)]),
        ("1,2,3", [(1.0, 2.0, 3.0)]),
        ("10.5,20.5", [(10.5, 20.5)]),
        ("1..5", [(1.0,), (5.0,)]),
        ("100 200 300", [(100200300.0,), (100.0,), (200.0,), (300.0,)]),
        ("A-1001,42.10,EUR", [(42.1,)]),
        ("2026-05-01,42.10", [(42.1,)]),
        # scales, powers, units
        ("1.2k", [(1200.0,)]),
        ("$1.2M", [(1200000.0,)]),
        ("3 million", [(3000000.0,)]),
        ("2 Mrd. EUR", [(2e9,)]),
        ("500 MB", [(500.0,)]),
        ("3.5e3 and 42.1e-1", [(3500.0,), (4.21,)]),
        ("5e400 and 0e400 and 1e-400", [(0.0,)]),
        ("3.5 x 10^3", [(3500.0,)]),
        ("3.5×10³", [(3500.0,)]),
        ("5kg, 100ms, 20°C", [(5.0,), (100.0,), (20.0,)]),
        ("30-day, 5-star", [(30.0,), (5.0,)]),
        (".5 and -.5 and $.50", [(0.5,), (-0.5,), (0.5,)]),
        ("No.5", [(5.0,)]),
        # what stands around
        ("**42.10**", [(42.1,)]),
        ("`42`", [(42.0,)]),
        ('{"total":42.1}', [(42.1,)]),
        ("x=5", [(5.0,)]),
        ("总计42元的退款", [(42.0,)]),
        ("٤٢٫١", [(42.1,)]),
        ("４２．１", [(42.1,)]),
        ("0 and 0.0", [(0.0,), (0.0,)]),
        # no numbers
        ("A-1001", []),
        ("A‑1001", []),
        ("A-1001-5", []),
        ("A1,042", []),
        ("order #1001", []),
        ("abc1001 ORD_1001 1001_ORD user@1001 1001@host", []),
        ("1001-A and 12-b3", []),
        ("550e8400-e29b-41d4-a716-446655440000", []),
        ("4bf92f3577b34da6", []),
        ("2026-05-01", []),
        ("2026-05-01T09:00:00Z", []),
        ("2026-05 and 5/2026", []),
        ("01.05.2026, 05/01/2026", []),
        ("10:30 and 10:30:15", []),
        ("v1.2.3 and 1.2.3", []),
        ("192.168.1.1", []),
        ("1,2.3,4.5.6", [(1.0,), (2.3,)]),
        ("1,5,007", [(1.0,), (5.0,)]),
        ("1,2'3,4", [(1.0,), (4.0,)]),
        ("007 and 00 and 12-05", []),
        ("3rd of the 21st", []),
        ("https://shop.example/orders/1001", []),
        ("INV/2026/1001", []),
        ("%20", []),
        ("1-800-555-0199", []),
        ("10² and 1½ and ½", []),
        ("10^3", []),
        ("5'11", []),
        ("9" * 100, []),
        ("", []),
    ],
)
def test_numbers_are_read_as_a_person_reads_them(text, expected):
    found = values(text)
    assert [tuple(round(value, 9) for value in one) for one in found] == expected


@given(st.integers(-(10**9), 10**9), st.sampled_from(["", "$", "€", "EUR "]), st.sampled_from(["", " EUR", "€", "."]))
def test_an_amount_of_money_is_found_whatever_currency_stands_around(cents, before, after):
    sign = "-" if cents < 0 else ""
    text = f"It is {sign}{before}{abs(cents) // 100:,}.{abs(cents) % 100:02d}{after}"
    assert any(abs(value - cents / 100) < 1e-9 for one in values(text) for value in one)


@given(st.integers(1, 10**9), st.sampled_from([",", ".", "'", " ", "\u00a0", "\u202f", "_"]))
def test_groups_of_thousands_are_found_whatever_separates_them(number, separator):
    text = f"{number:,}".replace(",", separator)
    assert any(value == number for one in values(f"about {text} units") for value in one)


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error_and_every_value_is_a_number(text):
    for found in numbers_in(text):
        assert found.values
        assert all(value == value for value in found.values)


@given(st.from_regex(r"([ABCX]{1,2}|[ABCX]{3,5}-)[0-9]{2,6}", fullmatch=True))
def test_an_id_is_no_number(identifier):
    found = values(f"Your order {identifier} is on its way.")
    assert found == []


@pytest.mark.parametrize("piece", ["1 ", "1", "1,", "1-", "100 ", "A-1 ", "$1.", "'1"])
def test_a_long_text_is_read_in_linear_time(piece):
    text = piece * (100_000 // len(piece))
    started = time.monotonic()
    for _ in numbers_in(text):
        pass
    # Some 3 microseconds a character at worst; a quadratic reading would take minutes.
    assert time.monotonic() - started < 5.0
