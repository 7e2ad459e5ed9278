"""Two versions of one plan: read, compared, restored, and listed."""

from copy import deepcopy
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from patients.models import Episode, User
from patients.rules.roles import Role
from programmes.actions import (
    begin_draft,
)
from programmes.models import Draft, Version
from programmes.rules.library import EXERCISES
from programmes.selectors.versions import comparison
from tests import make
from tests.conftest import MadeOnce
from tests.programmes.test_version_pages import (
    DAY,
    compare_of,
    page_of,
    programme_of,
    retyped,
    text_of,
    token_in,
    two_versions,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def written(made_once: MadeOnce[Episode]) -> Episode:
    return made_once(lambda: two_versions(make.make_user(Role.EXERCISE_PHYSIOLOGIST)))


@pytest.fixture
def episode(written: Episode) -> Episode:
    """Somebody whose plan has two versions."""
    return deepcopy(written)


@pytest.fixture
def edith(client: Client, episode: Episode) -> User:
    """An exercise physiologist, signed in."""
    client.force_login(episode.opened_by)
    return episode.opened_by


def test_a_version_says_how_it_was_issued(client: Client, edith: User, episode: Episode) -> None:
    first, second = Version.objects.order_by("number")
    old, new = text_of(client, page_of(first)), text_of(client, page_of(second))
    for told in (
        "Issued",
        "by Edith Exercise",
        "midportion",
        "First plan",
        "assessment of 3 March 2025",
        "began at isotonic step 1",
        "Version 2 is in force now",
    ):
        assert told in old
    assert "Heavier for the soleus" in new
    assert "version 1" in new
    assert "went on at isotonic step 1, from isotonic step 1 of version 1" in new
    assert "4 sets of 8 at 8RM" in new
    assert "4 sets of 8 at 8RM" not in old.split("Step 3")[0]
    assert episode.code


def test_only_the_version_in_force_is_printed(client: Client, edith: User) -> None:
    first, second = Version.objects.order_by("number")
    paper = [reverse("programmes:handout_new", args=[each.code]) for each in (first, second)]
    assert paper[0] not in client.get(page_of(first)).text
    assert paper[1] in client.get(page_of(second)).text


def test_two_versions_compare_in_words(client: Client, edith: User, episode: Episode) -> None:
    told = text_of(client, compare_of(episode))
    assert "Version 1 and version 2" in told
    assert "2 differences (isotonic)" in told
    name = EXERCISES["hsr_seated_raise"].name
    assert f"{name}, isotonic step 1: 3 sets of 15 at 15RM → 4 sets of 8 at 8RM." in told
    assert f"{name}, isotonic step 2: 3 sets of 12 at 12RM → 4 sets of 8 at 8RM." in told
    assert text_of(client, compare_of(episode, **{"from": 1, "to": 2})) == told
    back = text_of(client, compare_of(episode, **{"from": 2, "to": 1}))
    assert "4 sets of 8 at 8RM → " in back


def test_the_same_version_does_not_differ(client: Client, edith: User, episode: Episode) -> None:
    told = text_of(client, compare_of(episode, **{"from": 2, "to": 2}))
    assert "Nothing differs between version 2 and version 2." in told


def test_a_draft_compares_with_the_version_in_force(
    client: Client, edith: User, episode: Episode
) -> None:
    newest = Version.objects.get(number=2)
    draft = begin_draft(episode, source=f"version:{newest.code}", on=DAY, by=edith)
    told = text_of(client, compare_of(episode, to="draft"))
    assert "Nothing differs between version 2 and the draft." in told
    retyped(draft, edith, "hsr_seated_raise", "what?", slice(0, 1))
    told = text_of(client, compare_of(episode, to="draft"))
    assert "“what?”, which can't be read" in told


@pytest.mark.parametrize("query", [{"from": 9}, {"to": "x"}, {"to": "draft"}, {"from": "-1"}])
def test_a_version_that_is_not_there_is_not_found(
    client: Client, edith: User, episode: Episode, query: dict[str, object]
) -> None:
    assert client.get(compare_of(episode, **query)).status_code == 404


def test_an_old_version_becomes_a_draft(client: Client, edith: User, episode: Episode) -> None:
    first = Version.objects.get(number=1)
    to = reverse("programmes:restore", args=[first.code])
    token = token_in(client.get(page_of(first)).text, to)
    for _ in range(2):  # the button was pressed twice
        answer = client.post(to, {"form_token": token})
        assert answer.headers["Location"] == reverse("programmes:edit", args=[episode.code])
    assert Draft.objects.open().get().episode == episode
    other = client.post(to, {"form_token": str(uuid4())})
    assert other.status_code == 422
    assert "open draft" in other.text
    assert Version.objects.count() == 2
    found = comparison(episode, one="1", other="draft")
    assert found.diff is not None
    assert found.diff.same


@pytest.mark.parametrize("sent", [{}, {"form_token": "x"}], ids=["none", "nonsense"])
def test_a_draft_is_begun_from_a_version_by_its_form_only(
    client: Client, edith: User, sent: dict[str, str]
) -> None:
    first = Version.objects.get(number=1)
    answer = client.post(reverse("programmes:restore", args=[first.code]), sent)
    assert answer.status_code == 422
    assert not Draft.objects.open().exists()


def test_the_programme_page_begins_a_draft_of_the_version_in_force_once(
    client: Client, edith: User, episode: Episode
) -> None:
    newest = Version.objects.get(number=2)
    to = reverse("programmes:restore", args=[newest.code])
    token = token_in(client.get(programme_of(episode)).text, to)
    for _ in range(2):
        assert client.post(to, {"form_token": token}).status_code == 302
    assert Draft.objects.open().get().based_on == newest


def test_who_may_not_edit_plans_reads_and_compares_only(
    client: Client, edith: User, episode: Episode
) -> None:
    client.force_login(make.make_user(Role.PHYSIOTHERAPIST))
    page = client.get(page_of(Version.objects.get(number=1))).text
    for name in ("restore", "copy", "template_keep"):
        address = reverse(f"programmes:{name}", args=[Version.objects.get(number=1).code])
        assert address not in page
        assert client.post(address).status_code == 403
    assert client.get(compare_of(episode)).status_code == 200
    assert "Retire" not in client.get(reverse("programmes:templates")).text


def test_the_programme_page_lists_the_versions(
    client: Client, edith: User, episode: Episode
) -> None:
    page = client.get(programme_of(episode)).text
    told = text_of(client, programme_of(episode))
    for version in Version.objects.all():
        assert page_of(version) in page
    assert "Heavier for the soleus" in told
    assert "Now" in told
    assert compare_of(episode, to=2) in page
    assert "Edit as a new draft" in told
    client.force_login(make.make_user(Role.PHYSIOTHERAPIST))
    assert "Edit as a new draft" not in client.get(programme_of(episode)).text


def test_the_programme_page_tells_of_an_open_draft(
    client: Client, edith: User, episode: Episode
) -> None:
    newest = Version.objects.get(number=2)
    draft = begin_draft(episode, source=f"version:{newest.code}", on=DAY, by=edith)
    retyped(draft, edith, "hsr_seated_raise", "4x6RM 3/wk", slice(0, 2))
    told = text_of(client, programme_of(episode))
    assert "Edith Exercise is editing a draft, 1 edit, last " in told
    assert reverse("programmes:edit", args=[episode.code]) in client.get(programme_of(episode)).text
    assert "Edit as a new draft" not in told
