"""OpenTelemetry's SDK as a client of Tamis, and a service on Google's gRPC as its server.

otlp.py send grpc|http http://HOST:PORT COUNT   exports records, and fails where they were not taken
otlp.py receive                                 prints where it listens, then a line of JSON for each request
"""

import json
import sys
import time


def send(protocol, at, count):
    from opentelemetry._logs import LogRecord, SeverityNumber
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.resources import Resource

    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
        exporter = OTLPLogExporter(endpoint=at, insecure=True)
    else:
        from opentelemetry.exporter.otlp.proto.http import Compression
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
        exporter = OTLPLogExporter(endpoint=at + "/v1/logs", compression=Compression.Gzip)
    provider = LoggerProvider(resource=Resource.create({"service.name": "shop"}))
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger = provider.get_logger("shop.http", "1.0")
    for number in range(count):
        logger.emit(LogRecord(
            timestamp=time.time_ns(),
            severity_number=SeverityNumber(number % 20 + 1),
            severity_text="INFO",
            body={"type": number, "who": "canary.worker@example.de"},
            attributes={"user.email": "canary.worker@example.de", "http.response.status_code": 200,
                        "odd": [1.5, 2.5], "http.request.method": "GET"},
        ))
    if not provider.force_flush(20_000):
        sys.exit("not flushed")
    provider.shutdown()


def receive():
    from concurrent import futures
    import grpc
    from google.protobuf.json_format import MessageToDict
    from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as messages
    from opentelemetry.proto.collector.logs.v1 import logs_service_pb2_grpc as service

    class Logs(service.LogsServiceServicer):
        def Export(self, request, context):
            of = request.resource_logs[0]
            names = [a.value.string_value for a in of.resource.attributes if a.key == "service.name"]
            records = sum(len(s.log_records) for r in request.resource_logs for s in r.scope_logs)
            print(json.dumps({"service": names[0], "records": records, "all": MessageToDict(request)}), flush=True)
            return messages.ExportLogsServiceResponse()

    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2), compression=grpc.Compression.Gzip)
    service.add_LogsServiceServicer_to_server(Logs(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"127.0.0.1:{port}", flush=True)
    server.wait_for_termination()


if sys.argv[1] == "send":
    send(sys.argv[2], sys.argv[3], int(sys.argv[4]))
else:
    receive()
