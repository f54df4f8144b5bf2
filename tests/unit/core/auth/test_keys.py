"""Keys: made of randomness, recognised by shape, compared without telling how far they agree."""

import hashlib
import hmac

import pytest

from tandem.core.auth import keys


def test_a_key_says_its_id_and_keeps_its_secret():
    """What is kept is the digest; the text is the only place of the secret."""
    new = keys.create()
    shown = keys.parse(new.text)
    assert shown is not None
    assert (shown[0], len(shown[1])) == (new.id, 43)
    assert new.digest == hashlib.sha256(shown[1].encode()).digest()
    assert new.text.startswith(new.prefix)
    assert len(new.prefix) == len(f"tdm_{new.id}_") + 4
    assert shown[1] not in repr(new)


def test_no_two_keys_are_alike():
    """Neither ids nor secrets repeat, and every letter may occur."""
    made = [keys.create() for _ in range(2000)]
    assert len({key.id for key in made}) == len({key.digest for key in made}) == 2000
    letters = set("".join(key.text.rpartition("_")[2] for key in made))
    assert len(letters) == 62
    # 43 letters out of 62.
    assert 62**43 > 2**256


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "", lambda text: text[:-1], lambda text: text + "a", lambda text: text.replace("tdm", "sk"),
        lambda text: text.upper(), lambda text: f" {text}", lambda text: text + "\n", lambda text: text.replace("_", "-"),
        lambda text: "x" * 1_000_000,
    ],
)  # fmt: skip
def test_what_has_not_the_shape_of_a_key_is_none(change):
    """It is refused before anything is looked up."""
    assert keys.parse(change(keys.create().text)) is None


def test_the_comparison_takes_the_same_time_wherever_it_fails(monkeypatch):
    """Digests are compared by the function that is made for it, whole, and only the right secret matches."""
    compared = []
    real = hmac.compare_digest

    def watched(a, b):
        compared.append((len(a), len(b)))
        return real(a, b)

    monkeypatch.setattr(keys.hmac, "compare_digest", watched)
    new = keys.create()
    secret = new.text.rpartition("_")[2]
    assert keys.matches(secret, new.digest)
    assert not keys.matches(secret.swapcase(), new.digest)
    assert not keys.matches("", new.digest)
    assert compared == [(32, 32)] * 3
