"""Presidio with its pattern recognisers and no model of names: what it finds in a set, and how fast it is (a result of `rivals`).

    presidio.py SET EVENTS > RESULT
"""
import json
import sys
import time
from importlib.metadata import version

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry, predefined_recognizers
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from spacy.language import Language

# The list of domains that came with it: nothing is fetched while it is measured.
tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())

# What it calls the entities that Tamis knows too.
OURS = {
    "EMAIL_ADDRESS": "person.email", "PHONE_NUMBER": "person.phone", "CREDIT_CARD": "payment.card", "IBAN_CODE": "payment.iban",
    "IP_ADDRESS": "network.ipv4", "MAC_ADDRESS": "network.mac", "US_SSN": "national.us.ssn", "US_ITIN": "national.us.itin",
    "US_NPI": "national.us.npi", "UK_NHS": "national.uk.nhs-number", "UK_NINO": "national.uk.nino",
    "DE_TAX_ID": "national.de.tax-id", "DE_VAT_ID": "national.de.vat", "DE_SOCIAL_SECURITY": "national.de.social-security",
}
# Recognisers of shared entities that are off unless asked for.
FURTHER = ["DeTaxIdRecognizer", "DeVatIdRecognizer", "DeSocialSecurityRecognizer", "UsNpiRecognizer", "UkNinoRecognizer"]
# Findings below are weak in its own words.
THRESHOLD = 0.4
LONG = 16 << 10
# Of long texts and of ordinary events, so many bytes are enough.
LONG_BYTES = 256 << 10


@Language.component("lemmas")
def lemmas(doc):
    """Words as their own lemmas: without them it sees no context."""
    for token in doc:
        token.lemma_ = token.text.lower()
    return doc


class Blank(SpacyNlpEngine):
    """Words, and no model."""

    def __init__(self):
        super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])

    def load(self):
        nlp = spacy.blank("en")
        nlp.add_pipe("lemmas")
        self.nlp = {"en": nlp}


def engine():
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"])
    for recognizer in list(registry.recognizers):
        if "Spacy" in recognizer.name:
            registry.remove_recognizer(recognizer.name)
    present = {recognizer.name for recognizer in registry.recognizers}
    for name in FURTHER:
        if name not in present:
            registry.add_recognizer(getattr(predefined_recognizers, name)(supported_language="en"))
    return AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["en"])


def span(text, hit):
    entity = OURS.get(hit.entity_type)
    if entity == "network.ipv4" and ":" in text[hit.start:hit.end]:
        entity = "network.ipv6"
    begin = len(text[:hit.start].encode())
    return entity and {"start": begin, "end": begin + len(text[hit.start:hit.end].encode()), "entity": entity}


def main(path, events):
    presidio = engine()
    rows = [json.loads(line) for line in open(path, encoding="utf-8")]
    texts = [(row["text"], row.get("field", "").split()) for row in rows]
    look = lambda text, field: presidio.analyze(text, language="en", score_threshold=THRESHOLD, context=field or None)
    look("warm", [])
    begin = time.process_time()
    hits = [look(text, field) for text, field in texts]
    seconds = time.process_time() - begin
    found = [[one for hit in of if (one := span(text, hit))] for (text, _), of in zip(texts, hits)]
    long, last = [], ""
    for text, _ in texts:
        last += text + "\n"
        if len(last) >= LONG:
            long.append(last)
            last = ""
        if sum(map(len, long)) >= LONG_BYTES:
            break
    begin = time.process_time()
    for text in long:
        look(text, [])
    long_seconds = time.process_time() - begin
    ordinary = []
    for line in open(events, encoding="utf-8"):
        ordinary.append(line)
        if sum(map(len, ordinary)) >= LONG_BYTES:
            break
    begin = time.process_time()
    for text in ordinary:
        look(text, [])
    events_seconds = time.process_time() - begin
    size = lambda of: sum(len(text.encode()) for text in of) / 1e6
    known = set(presidio.get_supported_entities(language="en"))
    knows = sorted({ours for theirs, ours in OURS.items() if theirs in known})
    if "network.ipv4" in knows:
        knows.append("network.ipv6")
    json.dump({
        "name": f"Presidio {version('presidio-analyzer')} (patterns)", "events": size(ordinary) / events_seconds,
        "rows": size(text for text, _ in texts) / seconds,
        "long": size(long) / long_seconds, "knows": knows, "found": found,
    }, sys.stdout)


main(*sys.argv[1:])
