"""The official Elasticsearch client, pointed at a proxy: bulk_proxy.py http://HOST:PORT API-KEY

Prints what it was told: the version of the server behind, and how many documents are there and why others are not."""

import json
import sys

from elasticsearch import Elasticsearch, helpers

at, key = sys.argv[1:]
client = Elasticsearch(at, api_key=key)
good, failed = 0, []


def document(number):
    return {"CreationTime": "2026-11-03T06:00:00", "Operation": "UserLoggedIn", "OrganizationId": "o", "RecordType": 15,
            "Workload": "AzureActiveDirectory", "UserId": "canary.worker@example.de", "Version": number}


withheld = dict(document(9), Operation="MessageSent", Workload="MicrosoftTeams", ChannelName="betriebsrat")
actions = [{"_op_type": "create", "_index": "own", "_source": document(n)} for n in range(22)]
actions.append({"_op_type": "create", "_index": "own", "_source": withheld})
for is_good, item in helpers.streaming_bulk(client, actions, raise_on_error=False, max_retries=0):
    good += is_good
    if not is_good:
        failed.append(item["create"]["status"])
print(json.dumps({"version": client.info()["version"]["number"], "good": good, "failed": failed}))
