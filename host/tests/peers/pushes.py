"""Clients of protocols of the HTTP family.

pushes.py elasticsearch http://HOST:PORT COUNT   the official client's helpers.bulk; fails where a document was not taken
pushes.py loki http://HOST:PORT COUNT            python-logging-loki
"""

import json
import sys

CANARY = "canary.worker@example.de"


def event(number):
    return {"CreationTime": "2026-11-03T06:00:00", "Id": f"x{number}", "Operation": "UserLoggedIn", "RecordType": 15,
            "OrganizationId": "o", "UserKey": "k", "UserType": 0, "Version": number, "Workload": "AzureActiveDirectory",
            "UserId": CANARY, "ClientIP": "192.0.2.10"}


def elasticsearch(at, count):
    from elasticsearch import Elasticsearch, helpers

    client = Elasticsearch(at, api_key="operator", retry_on_timeout=True)
    assert client.info()["tagline"] == "You Know, for Search" and client.ping()
    assert client.cluster.health()["status"] == "green"
    actions = ({"_op_type": "create", "_index": "staff", "_id": CANARY, "_source": event(n)} for n in range(count))
    taken, refused = helpers.bulk(client, actions, chunk_size=15, raise_on_error=False)
    assert (taken, refused) == (count, []), (taken, refused)
    taken, refused = helpers.bulk(client, [{"_op_type": "delete", "_index": "staff", "_id": "1"}], raise_on_error=False)
    assert taken == 0 and refused[0]["delete"]["status"] == 400, refused


def loki(at, count):
    import logging
    import logging_loki

    handler = logging_loki.LokiHandler(url=at + "/loki/api/v1/push", tags={"user": CANARY}, version="1",
                                       auth=("anybody", "operator"))
    handler.handleError = lambda record: sys.exit("not taken")
    logger = logging.getLogger("shop")
    logger.addHandler(handler)
    for number in range(count):
        logger.warning(json.dumps(event(number)))


{"elasticsearch": elasticsearch, "loki": loki}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
