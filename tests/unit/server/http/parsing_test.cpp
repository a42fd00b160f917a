// SPDX-License-Identifier: GPL-3.0-or-later
// Requests from bytes: the parser, targets, content codings and how answers look on the wire.
#include "metrics/compression.h"
#include "server/http/connection_budget.h"
#include "server/http/content_coding.h"
#include "server/http/request_parser.h"
#include "server/http/response.h"
#include "server/http/target.h"

#include <QHostAddress>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace sextant;
using namespace sextant::server::http;
using Event = RequestParser::Event;

namespace {

/// Feeds all bytes, `piece` at a time, and gives the parser's last word. Bodies of up to 100 bytes are allowed.
Event feedAll(RequestParser& parser, std::string bytes, std::size_t piece = 1'000'000)
{
    std::string waiting;
    Event event = Event::NeedMore;
    while (!bytes.empty() && event == Event::NeedMore) {
        waiting += bytes.substr(0, piece);
        bytes.erase(0, piece);
        for (;;) {
            const auto step = parser.feed(waiting);
            waiting.erase(0, step.consumed);
            event = step.event;
            if (event != Event::HeadDone)
                break;
            parser.allowBody(100);
            if (!parser.head().hasBody())
                return Event::Complete;
            event = Event::NeedMore;
        }
    }
    return event;
}

int refusalOf(const std::string& bytes)
{
    RequestParser parser(1'000);
    return feedAll(parser, bytes) == Event::Refused ? parser.refusal().status : 0;
}

} // namespace

class ParsingTest : public QObject {
    Q_OBJECT

private slots:
    void aRequestIsTheSameInPiecesOfAnySize()
    {
        const std::string bytes = "\r\nPOST /a%20b/c?x=1&y=%C3%A4+z HTTP/1.1\r\nHost: h\r\nX-Thing:  v \r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: no\r\n\r\n";
        for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
            RequestParser parser(1'000);
            QVERIFY(feedAll(parser, bytes, piece) == Event::Complete);
            QCOMPARE(parser.takeBody(), std::string("abcde"));
            const RequestHead& head = parser.head();
            QCOMPARE(head.target.path, std::string("/a b/c"));
            QCOMPARE(head.target.query.at(1).second, std::string("\xC3\xA4 z"));
            QCOMPARE(*head.header("x-thing"), std::string("v"));
            QVERIFY(!head.header("trailer"));
        }
    }

    void ambiguousFramingIsRefused()
    {
        const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";
        QCOMPARE(refusalOf(start + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
        QCOMPARE(refusalOf(start + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"), 400);
        QCOMPARE(refusalOf(start + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n"), 400);
        QCOMPARE(refusalOf(start + "Content-Length: -1\r\n\r\n"), 400);
        QCOMPARE(refusalOf(start + "Content-Length: 99999999999999999999999\r\n\r\n"), 400);
        QCOMPARE(refusalOf(start + "Transfer-Encoding: gzip\r\n\r\n"), 501);
        QCOMPARE(refusalOf(start + "Transfer-Encoding: chunked, gzip\r\n\r\n"), 501);
        QCOMPARE(refusalOf("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
        QCOMPARE(refusalOf(start + "Host: other\r\n\r\n"), 400);
        QCOMPARE(refusalOf("GET / HTTP/1.1\r\n\r\n"), 400);
        QCOMPARE(refusalOf("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), 505);
        QCOMPARE(refusalOf("GET /\r\n\r\n"), 400);
        QCOMPARE(refusalOf(start + "Bad Name: x\r\n\r\n"), 400);
        QCOMPARE(refusalOf(std::string("\x16\x03\x01\x02", 4)), 400);
    }

    void limitsHold()
    {
        const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";
        QCOMPARE(refusalOf(start + "X: " + std::string(2'000, 'x')), 431);
        QCOMPARE(refusalOf(std::string(2'000, 'G')), 431);
        const std::string chunked = start + "Transfer-Encoding: chunked\r\n\r\n";
        QCOMPARE(refusalOf(chunked + "65\r\n"), 413);
        QCOMPARE(refusalOf(chunked + "1;" + std::string(3'000, 'e')), 431);
        QCOMPARE(refusalOf(chunked + "0\r\nT: " + std::string(3'000, 't')), 431);
        QCOMPARE(refusalOf(chunked + "zz\r\n"), 400);
        RequestParser parser(1'000);
        QVERIFY(feedAll(parser, chunked + "64\r\n" + std::string(100, 'b') + "\r\n0\r\n\r\n") == Event::Complete);
    }

    void targetsAreTakenApartOrRefused()
    {
        QCOMPARE(parseTarget("https://host:1/a/b?q")->path, std::string("/a/b"));
        QCOMPARE(parseTarget("/a%2Fb/c")->segments, (std::vector<std::string>{"a/b", "c"}));
        QCOMPARE(parseTarget("/")->segments.size(), std::size_t{0});
        QCOMPARE(parseTarget("/a/")->segments, (std::vector<std::string>{"a", ""}));
        QCOMPARE(parseTarget("/a?b=c&&d")->query.size(), std::size_t{2});
        for (const char* bad :
            {"*", "a", "", "/..", "/a/%2e%2e/b", "/%", "/%4", "/%zz", "/%00", "/%0a", "/%ff", "/%c0%af", "/a?%ff=1"})
            QVERIFY2(!parseTarget(bad), bad);
    }

    void acceptEncodingIsWeighed()
    {
        QVERIFY(chooseCoding("") == Coding::Identity);
        QVERIFY(chooseCoding("gzip") == Coding::Gzip);
        QVERIFY(chooseCoding("gzip, deflate, br, zstd") == Coding::Zstd);
        QVERIFY(chooseCoding("zstd;q=0.5, GZIP;q=0.8") == Coding::Gzip);
        QVERIFY(chooseCoding("*") == Coding::Zstd);
        QVERIFY(chooseCoding("*;q=0") == Coding::Identity);
        QVERIFY(chooseCoding("zstd;q=0, *") == Coding::Gzip);
        QVERIFY(chooseCoding("identity, gzip;q=0.5") == Coding::Identity);
        for (const char* nonsense : {"gzip;q=2", "gzip;q=", "gzip;q=0.1234", "gzip;x", ";;;", "gzip;q=1.5"})
            QVERIFY2(chooseCoding(nonsense) == Coding::Identity, nonsense);
    }

    void bodiesSurviveTheirCoding()
    {
        const QByteArray body = QByteArray("hello ").repeated(5'000);
        for (const Coding coding : {Coding::Gzip, Coding::Zstd}) {
            const auto packed = compressBody(body, coding);
            QVERIFY(packed.has_value());
            const std::string bytes = packed->bytes.toStdString();
            QCOMPARE(decodeBody(bytes, coding, 30'000).value(), body.toStdString());
            QVERIFY(decodeBody(bytes, coding, 29'999).error().code == ErrorCode::TooLarge);
            QVERIFY(decodeBody(bytes.substr(0, bytes.size() / 2), coding, 30'000).error().code == ErrorCode::Malformed);
            QVERIFY(decodeBody("garbage", coding, 30'000).error().code == ErrorCode::Malformed);
            QVERIFY(decodeBody("", coding, 30'000).error().code == ErrorCode::Malformed);
        }
        const std::string twice = compressBody(body, Coding::Gzip)->bytes.repeated(2).toStdString();
        QCOMPARE(decodeBody(twice, Coding::Gzip, 60'000)->size(), std::size_t{60'000});
        QVERIFY(decodeBody(twice, Coding::Gzip, 59'999).error().code == ErrorCode::TooLarge);
    }

    void agentsDoNotCountAgainstTheirAddress()
    {
        Limits limits;
        limits.connections = 3;
        limits.connectionsPerAddress = 1;
        limits.refusals = 2;
        ConnectionBudget budget(limits);
        const QHostAddress address(QStringLiteral("192.0.2.1"));
        auto first = budget.take(address);
        auto second = budget.take(address);
        QVERIFY(!first->isRefused());
        QVERIFY(second->isRefused());
        second->acceptAgent(); // whoever came past the limit and proves to be an agent is let in
        QVERIFY(!second->isRefused());
        first->acceptAgent();
        auto third = budget.take(address);
        QVERIFY(!third->isRefused());
        auto fourth = budget.take(QHostAddress(QStringLiteral("192.0.2.2")));
        QVERIFY(fourth->isRefused());
        fourth->acceptAgent(); // the limit in all holds for agents too
        QVERIFY(fourth->isRefused());
        auto fifth = budget.take(address);
        QVERIFY(fifth && !budget.take(address));
        QCOMPARE(budget.connections(), std::size_t{3});
        first.reset();
        second.reset();
        third.reset();
        fourth.reset();
        fifth.reset();
        QCOMPARE(budget.connections(), std::size_t{0});
        QVERIFY(!budget.take(address)->isRefused());
        QCOMPARE(addressKey(QHostAddress(QStringLiteral("2001:db8::1"))),
            addressKey(QHostAddress(QStringLiteral("2001:db8::ffff"))));
        QVERIFY(addressKey(QHostAddress(QStringLiteral("2001:db8::1"))) !=
                addressKey(QHostAddress(QStringLiteral("2001:db8:0:1::1"))));
        QCOMPARE(addressText(QHostAddress(QStringLiteral("::ffff:192.0.2.1"))), std::string("192.0.2.1"));
    }

    void problemsNameFieldAndCode()
    {
        const auto object =
            QJsonDocument::fromJson(problem(400, ErrorCode::Invalid, "step: expected \"a\"", "step").body).object();
        QCOMPARE(object.value(QStringLiteral("field")).toString(), QStringLiteral("step"));
        QCOMPARE(object.value(QStringLiteral("status")).toInt(), 400);
        QCOMPARE(object.value(QStringLiteral("title")).toString(), QStringLiteral("Bad Request"));
        QCOMPARE(object.value(QStringLiteral("code")).toString(), QStringLiteral("invalid"));
        // What went wrong inside stays inside.
        QVERIFY(!problem({ErrorCode::Io, "disk /var/secret broke"}).body.contains("secret"));
    }

    void secretsAreNeitherCachedNorCompressed()
    {
        const std::string accept = "gzip";
        Response response = textResponse(200, QByteArray(5'000, 'x'));
        const QByteArray secret = serialise(response, {.acceptEncoding = &accept, .date = "now"}).head;
        QVERIFY(secret.contains("cache-control: no-store\r\n"));
        QVERIFY(!secret.contains("content-encoding"));
        response.secret = false;
        QVERIFY(serialise(response, {.acceptEncoding = &accept, .date = "now"})
                    .head.contains("content-encoding: gzip\r\n"));
        QVERIFY(serialise(response, {.head = true, .date = "now"}).head.endsWith("content-length: 5000\r\n\r\n"));
    }
};

QTEST_GUILESS_MAIN(ParsingTest)
#include "parsing_test.moc"
