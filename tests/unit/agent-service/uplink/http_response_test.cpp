// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/uplink/http_response.h"

#include <QTest>

using namespace sextant;
using namespace sextant::agent;

namespace {

/// The response as one word per fact, or what is wrong with it. `step`: bytes given at a time.
std::string outcome(const std::string& bytes, std::size_t step, bool ended)
{
    HttpResponseReader reader;
    bool whole = false;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        const auto fed = reader.feed(std::string_view(bytes).substr(at, step));
        if (!fed)
            return std::string(codeName(fed.error().code));
        whole = *fed;
    }
    if (!whole && !ended)
        return "more";
    if (!whole) {
        if (const auto finished = reader.finish(); !finished)
            return std::string(codeName(finished.error().code));
    }
    const HttpResponse response = reader.take();
    return std::to_string(response.status) + (response.keepAlive ? " keep " : " close ") + response.body;
}

} // namespace

class HttpResponseTest : public QObject {
    Q_OBJECT
private slots:
    void reads_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<bool>("ended");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char* name, const QByteArray& bytes, const char* expected, bool ended = false) {
            QTest::newRow(name) << bytes << ended << QByteArray(expected);
        };
        row("no content", "HTTP/1.1 204 No Content\r\n\r\n", "204 keep ");
        row("sized", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 keep hello");
        row("empty", "HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n", "200 keep ");
        row("asks to close", "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nx", "200 close x");
        row("no reason phrase", "HTTP/1.1 503\r\nContent-Length: 0\r\n\r\n", "503 keep ");
        row("1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", "200 close x");
        row("chunked",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
            "200 keep abc0123456789");
        row("interim before", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", "204 keep ");
        row("to the end", "HTTP/1.1 200 OK\r\n\r\nabc", "200 close abc", true);
        row("to the end, not ended", "HTTP/1.1 200 OK\r\n\r\nabc", "more");
        row("cut in the head", "HTTP/1.1 204 No", "malformed", true);
        row("cut in the body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "malformed", true);
        row("cut in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "malformed", true);
        row("nothing", "", "malformed", true);
        row("not HTTP", "SSH-2.0-x\r\n\r\n", "malformed");
        row("HTTP/2", "HTTP/2 200 OK\r\n\r\n", "malformed");
        row("status of two digits", "HTTP/1.1 20 OK  \r\n\r\n", "malformed");
        row("status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", "malformed");
        row("upgrade", "HTTP/1.1 101 Switching\r\n\r\n", "malformed");
        row("header without a colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "malformed");
        row("blank before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx", "malformed");
        row("folded header", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "malformed");
        row("length twice", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", "malformed");
        row("length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "malformed");
        row("negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "malformed");
        row("unknown encoding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "malformed");
        row("chunk without a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "malformed");
        row("chunk too long", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "malformed");
        row("bytes after it", "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200", "malformed");
        row("body at the limit", "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n", "too_large");
        row("endless body", "HTTP/1.1 200 OK\r\n\r\n" + QByteArray(65'537, 'x'), "too_large", true);
        row("endless headers", "HTTP/1.1 200 OK\r\nA: " + QByteArray(17'000, 'x'), "too_large");
        row("huge chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n", "too_large");
    }
    void reads()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(bool, ended);
        QFETCH(QByteArray, expected);
        QCOMPARE(outcome(bytes.toStdString(), 1 << 20, ended), expected.toStdString());
        // Where the bytes are cut must not matter, but for what is found to follow a response.
        if (qstrcmp(QTest::currentDataTag(), "bytes after it") != 0)
            QCOMPARE(outcome(bytes.toStdString(), 1, ended), expected.toStdString());
    }

    void findsHeadersByTheirNameInLowerCase()
    {
        HttpResponseReader reader;
        QVERIFY(reader.untouched());
        QVERIFY(*reader.feed("HTTP/1.1 503 Busy\r\nRetry-AFTER: \t 7 \r\nContent-Length: 0\r\n\r\n"));
        QVERIFY(!reader.untouched());
        const HttpResponse response = reader.take();
        QVERIFY(response.header("retry-after"));
        QCOMPARE(*response.header("retry-after"), std::string("7"));
        QVERIFY(!response.header("etag"));
    }
};

QTEST_GUILESS_MAIN(HttpResponseTest)
#include "http_response_test.moc"
