Feature: Events as they come to the door, and as they stand on a topic

    Ours, so that they run wherever the repository is; those of the CloudEvents project
    run beside them where they are (test_features.py).

    Scenario: Headers over HTTP have any case
    Given an HTTP request
        """
        POST /v1/events HTTP/1.1
        Host: identity.example
        CE-SpecVersion: 1.0
        cE-ID: 2026-000123
        Ce-Source: urn:it:c_a182:anagrafe
        ce-type: eu.percorso.post.received.v1
        CE-TIME: 2026-05-04T12:00:00.120+02:00
        CONTENT-TYPE: Application/JSON

        {"touchpoint": {"channel": "01.1.1"}}
        """
    When parsed as HTTP request
    Then the attributes are:
        | key             | value                        |
        | id              | 2026-000123                  |
        | specversion     | 1.0                          |
        | type            | eu.percorso.post.received.v1 |
        | source          | urn:it:c_a182:anagrafe       |
        | time            | 2026-05-04T10:00:00.12Z      |
        | datacontenttype | Application/JSON             |
    And the data is equal to the following JSON:
        """
        {"touchpoint": {"channel": "01.1.1"}}
        """

    Scenario Outline: A header's value is percent-encoded, or quoted, or neither (<sent>)
    Given an HTTP request
        """
        POST /v1/events HTTP/1.1
        ce-specversion: 1.0
        ce-id: <sent>
        ce-source: urn:it:c_a182:anagrafe
        ce-type: eu.percorso.post.received.v1
        ce-time: 2026-05-04T10:00:00Z
        Content-Type: application/json

        {}
        """
    When parsed as HTTP request
    Then the attributes are:
        | key             | value                        |
        | id              | <read>                       |
        | specversion     | 1.0                          |
        | type            | eu.percorso.post.received.v1 |
        | source          | urn:it:c_a182:anagrafe       |
        | time            | 2026-05-04T10:00:00Z         |
        | datacontenttype | application/json             |
    Examples:
        | sent                    | read        |
        | %C3%A8%20un%27id%20%2f7 | è un'id /7  |
        | Euro%20%E2%82%AC%20%F0%9F%98%80 | Euro € 😀 |
        | "a b"                   | a b         |
        | 50%25                   | 50%         |
        | urn:a?b=c&d             | urn:a?b=c&d |

    Scenario: An event in structured mode keeps its attributes and its data
    Given an HTTP request
        """
        POST /v1/events HTTP/1.1
        Content-Type: Application/CloudEvents+JSON; Charset=UTF-8

        {"specversion": "1.0", "id": "è/1", "source": "urn:it:c_a182:anagrafe", "sequence": "7",
         "type": "eu.percorso.post.received.v1", "time": "2026-05-04T10:00:00Z", "data": {"a": 1.50}}
        """
    When parsed as HTTP request
    Then the attributes are:
        | key         | value                        |
        | id          | è/1                          |
        | specversion | 1.0                          |
        | type        | eu.percorso.post.received.v1 |
        | source      | urn:it:c_a182:anagrafe       |
        | sequence    | 7                            |
        | time        | 2026-05-04T10:00:00Z         |
    And the data is equal to the following JSON:
        """
        {"a": 1.5}
        """

    Scenario Outline: A request in none of the modes is no event (<media type>)
    Given an HTTP request
        """
        POST /v1/events HTTP/1.1
        ce-id: 2026-000123
        ce-source: urn:it:c_a182:anagrafe
        ce-type: eu.percorso.post.received.v1
        ce-time: 2026-05-04T10:00:00Z
        Content-Type: <media type>

        {"touchpoint": {"channel": "01.1.1"}}
        """
    Then it is refused over HTTP with status 415
    Examples:
        | media type              |
        | application/json        |
        | text/plain              |
        | application/cloudevents |

    Scenario: A record keeps letters that are not ASCII
    Given a Kafka message with payload:
        """
        {"channel": "01.1.1", "protocol": "2026/44871 è"}
        """
    And Kafka headers:
        | key            | value                        |
        | ce_specversion | 1.0                          |
        | ce_id          | è/1 %C3%A8                   |
        | ce_source      | urn:it:c_a182:anagrafe       |
        | ce_type        | eu.percorso.post.received.v1 |
        | ce_time        | 2026-05-04T12:00:00.12+02:00 |
        | content-type   | application/json             |
    When parsed as Kafka message
    Then the attributes are:
        | key             | value                        |
        | id              | è/1 %C3%A8                   |
        | specversion     | 1.0                          |
        | type            | eu.percorso.post.received.v1 |
        | source          | urn:it:c_a182:anagrafe       |
        | time            | 2026-05-04T10:00:00.12Z      |
        | datacontenttype | application/json             |
    And the data is equal to the following JSON:
        """
        {"channel": "01.1.1", "protocol": "2026/44871 è"}
        """

    Scenario Outline: A record without what makes it an event is a dead letter (<reason>)
    Given a Kafka message with payload:
        """
        {"channel": "01.1.1", "protocol": "2026/44871"}
        """
    And Kafka headers:
        | key          | value                        |
        | <mark>       | <version>                    |
        | ce_id        | 2026-000123                  |
        | ce_source    | urn:it:c_a182:anagrafe       |
        | ce_type      | eu.percorso.post.received.v1 |
        | ce_time      | 2026-05-04T10:00:00Z         |
        | content-type | application/json             |
    Then it is unprocessable on Kafka for the reason <reason>
    Examples:
        | mark           | version | reason            |
        | ce-specversion | 1.0     | missing_attribute |
        | ce_specversion | 0.3     | unknown_version   |
        | ce_specversion | 2.0     | unknown_version   |
