// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/parser.h"
#include "unit/promql/tree_text.h"

#include <QFile>
#include <QTest>

using namespace sextant::promql;

namespace {

QByteArrayList linesOf(const char* subject)
{
    QFile file(
        QString::fromUtf8(SEXTANT_SOURCE_DIR "/tests/unit/promql/queries/%1.txt").arg(QString::fromLatin1(subject)));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return file.readAll().split('\n').mid(1); // behind the licence
}

} // namespace

class PrinterTest : public QObject {
    Q_OBJECT

private slots:
    /// Queries, and behind each what Prometheus 2.42's format_query gives for it.
    void splitsLinesAsPrometheusDoes_data()
    {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<QByteArray>("wanted");
        QByteArray query;
        QByteArrayList wanted;
        int count = 0;
        for (const QByteArray& line : linesOf("pretty")) {
            if (line.startsWith("    |")) {
                wanted << line.mid(5);
                continue;
            }
            if (!query.isEmpty())
                QTest::addRow("%d", ++count) << query << wanted.join('\n');
            query = line;
            wanted.clear();
        }
        QCOMPARE(count, 22);
    }
    void splitsLinesAsPrometheusDoes()
    {
        QFETCH(QByteArray, query);
        QFETCH(QByteArray, wanted);
        const auto expr = parse(query.toStdString());
        QVERIFY(expr);
        QCOMPARE(pretty(**expr).c_str(), wanted.constData());
    }

    /// A subquery that fits is not indented, as in Prometheus.
    void subqueryThatFitsStaysAtTheMargin()
    {
        const std::string selector = "a{b=\"" + std::string(80, 'x') + "\"}[5m:1m]";
        const auto expr = parse("max_over_time(" + selector + ")");
        QVERIFY(expr);
        QCOMPARE(pretty(**expr), "max_over_time(\n" + selector + "\n)");
    }

    void readsBackWhatItPrints()
    {
        int trees = 0;
        for (const char* subject :
            {"aggregations", "binary", "calls", "numbers", "pretty", "ranges", "selectors", "strings"}) {
            for (const QByteArray& line : linesOf(subject)) {
                const auto expr = parse(line.toStdString());
                if (!expr)
                    continue;
                ++trees;
                const std::string tree = treeText(**expr);
                for (const std::string& text : {print(**expr), pretty(**expr)}) {
                    const auto again = parse(text);
                    QVERIFY2(again, text.c_str());
                    QCOMPARE(treeText(**again), tree);
                    QCOMPARE(print(**again), print(**expr));
                }
            }
        }
        QVERIFY(trees > 400);
    }
};

QTEST_APPLESS_MAIN(PrinterTest)
#include "printer_test.moc"
