import pytest

from sna.inputs.review_origins import Identity, identify

HUB = {"source": "hub", "repository": "stanfordnlp/sst2", "file": "data/validation-00000-of-00001.parquet"}
FILE = {"source": "path", "path": "~/data/dev.tsv"}
COUNTS = {"negative": 428, "positive": 444}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"repository": "StanfordNLP/SST2"},
        {"repository": "nyu-mll/glue", "file": "sst2/validation-00000-of-00001.parquet"},
    ],
)
def test_sst2_is_known_by_its_repository_on_the_hub(changes):
    assert identify(HUB | {"labels": {"negative": 1, "positive": 1}} | changes).is_sst2


def test_other_repositories_and_other_tasks_of_glue_are_not_sst2():
    labels = {"labels": {"negative": 10, "positive": 10}}
    assert identify(HUB | labels | {"repository": "someone/sst2-like", "file": "sst2/dev.parquet"}) == Identity(
        "sst2/dev.parquet of someone/sst2-like", False
    )
    assert not identify(HUB | labels | {"repository": "nyu-mll/glue", "file": "cola/validation.parquet"}).is_sst2


def test_a_local_file_is_sst2_if_it_holds_what_glue_has():
    assert identify(FILE | {"labels": COUNTS}) == Identity("SST-2 (dev.tsv)", True)
    assert identify(FILE | {"labels": {"negative": 29780, "positive": 37569}}).is_sst2
    assert identify(FILE | {"labels": COUNTS | {"positive": 445}}) == Identity("dev.tsv", False)


def test_a_package_is_named_with_its_version():
    origin = {
        "source": "package",
        "package": "vaderSentiment",
        "version": "0.5",
        "file": "movieReviewSnippets_GroundTruth.txt",
        "labels": {"negative": 5, "positive": 5},
    }
    assert identify(origin) == Identity("movieReviewSnippets_GroundTruth.txt of vaderSentiment 0.5", False)
