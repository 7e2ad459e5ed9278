"""The code on a sheet: every single misreading is caught, and how it is typed doesn't matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmes.rules.papercode import ALPHABET, LENGTH, check_sign, new_code, read_code

# 2 is worth nothing, 3 one, 4 two, and so on: 1*1 + 2*2 + ... + 7*7 = 140 = 4*29 + 24.
CODE = "3456789V"
starts = st.text(st.sampled_from(ALPHABET), min_size=LENGTH - 1, max_size=LENGTH - 1)
codes = starts.map(lambda signs: signs + check_sign(signs))


def test_the_alphabet_is_29_signs_that_look_apart():
    assert len(set(ALPHABET)) == len(ALPHABET) == 29
    assert not set(ALPHABET) & set("01ILOQU")
    assert ALPHABET.upper() == ALPHABET


def test_the_check_sign_is_the_weighted_sum():
    assert check_sign(CODE[:-1]) == CODE[-1]
    assert check_sign("2222222") == "2"
    # One step of the last sign weighs 7: past the end of the alphabet it starts again.
    assert check_sign("2222223") == ALPHABET[7]
    assert check_sign("2222227") == ALPHABET[35 - 29]


def wrong_signs(code: str) -> list[str]:
    return [
        f"{code[:place]}{sign}{code[place + 1 :]}"
        for place in range(LENGTH)
        for sign in ALPHABET
        if sign != code[place]
    ]


def swaps(code: str) -> list[str]:
    return [
        f"{code[:place]}{code[place + 1]}{code[place]}{code[place + 2 :]}"
        for place in range(LENGTH - 1)
        if code[place] != code[place + 1]
    ]


def test_every_wrong_sign_is_caught():
    wrong = wrong_signs(CODE)
    assert len(wrong) == 8 * 28
    assert [code for code in wrong if read_code(code) is not None] == []
    assert read_code(CODE) == CODE


def test_every_swap_of_neighbours_is_caught():
    swapped = swaps(CODE)
    assert len(swapped) == 7
    assert [code for code in swapped if read_code(code) is not None] == []


@given(codes)
def test_every_misreading_of_any_code_is_caught(code):
    assert read_code(code) == code
    assert {read_code(wrong) for wrong in (*wrong_signs(code), *swaps(code))} == {None}


@pytest.mark.parametrize(
    "typed",
    [
        "3456789v",
        " 3456 789V ",
        "3456-789V",
        "3-4-5-6-7-8-9-v",
        "34 56 - 78 9V",
        "3456\t789V\n",
        "3456\N{NO-BREAK SPACE}789V",
    ],
    ids=repr,
)
def test_how_it_is_typed_is_forgiven(typed):
    assert read_code(typed) == CODE


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-",
        "3456789",
        "3456789VV",
        f"{CODE}{CODE}",
        "34567891",
        "O456789V",
        "3456_789V",
        "3456.789V",
        "\N{FULLWIDTH DIGIT THREE}456789V",
    ],
    ids=repr,
)
def test_what_is_no_code(typed):
    assert read_code(typed) is None


@given(st.text(max_size=12))
def test_no_text_raises(typed):
    code = read_code(typed)
    assert code is None or (len(code) == LENGTH and set(code) <= set(ALPHABET))


def test_new_codes_read_back():
    made = [new_code() for _ in range(50)]
    assert [read_code(code) for code in made] == made
    assert {len(code) for code in made} == {LENGTH}
    assert len(set(made)) > 1


def test_every_sign_of_a_new_code_is_drawn(monkeypatch):
    drawn = iter(CODE)
    monkeypatch.setattr(
        "programmes.rules.papercode.secrets.choice", lambda signs: signs[signs.index(next(drawn))]
    )
    assert new_code() == CODE
    # The last sign is worked out, not drawn.
    assert next(drawn) == CODE[-1]
