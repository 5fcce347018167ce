"""Sentences that can be said in another language are the same English ones everywhere else."""

import copy
import json
import pickle
from dataclasses import asdict
from gettext import NullTranslations

from firmware.technician.scrub import shown_words
from firmware.technician.told import Told, joined, mapped, said, told
from hal.ports.finding import Finding

NONE = NullTranslations().gettext
GERMAN = {"%(place)s is full": "%(place)s ist voll", "here: %(what)s": "hier: %(what)s", "warm": "heiß"}


def german(message: str) -> str:
    return GERMAN.get(message, message)


def test_a_sentence_is_english_until_it_is_said_otherwise() -> None:
    words = told("%(place)s is full", place="/data")
    assert words == "/data is full"
    assert f"! {words}" == "! /data is full"
    assert said(words, german) == "/data ist voll"
    assert said(words, NONE) == words


def test_a_sentence_in_a_sentence_is_said_too_and_a_plain_value_is_not() -> None:
    words = told("here: %(what)s", what=told("%(place)s is full", place="warm"))
    assert said(words, german) == "hier: warm ist voll"


def test_sentences_are_said_one_by_one() -> None:
    words = joined(["warm", "", told("%(place)s is full", place="50 %"), "100 %(x)s"])
    assert words == "warm 50 % is full 100 %(x)s"
    assert said(words, german) == "heiß 50 % ist voll 100 %(x)s"
    assert joined([]) == ""
    assert said(joined([]), german) == ""


def test_words_of_nobody_stay_and_nothing_stays_nothing() -> None:
    assert said("[Errno 5]", german) == "[Errno 5]"
    assert said("", lambda _message: "the catalogue's header") == ""


def test_what_is_taken_out_is_taken_out_of_the_values_too() -> None:
    words = told("here: %(what)s", what="ipps://ada:canary@printer.test/ipp")
    clean = mapped(words, shown_words)
    assert "canary" not in clean
    assert "canary" not in said(clean, german)
    assert said(clean, german).startswith("hier: ipps://printer.test")


def test_it_is_text_wherever_findings_go() -> None:
    found = Finding("storage", told("%(place)s is full", place="/data"), told("warm"))
    assert json.loads(json.dumps(asdict(found)))["problem"] == "/data is full"
    for again in (copy.deepcopy(found.problem), pickle.loads(pickle.dumps(found.problem))):  # noqa: S301 - our own
        assert isinstance(again, Told)
        assert said(again, german) == "/data ist voll"
