// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/worker_message.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform;
using namespace sextant::platform::parse;

class WorkerMessageTest : public QObject {
    Q_OBJECT
private slots:
    void rowsThereAndBack()
    {
        const WorkerRows rows{{"wmi", std::nullopt, ""}, {}, {std::string("a\0b\xff", 4), std::string(70'000, 'x')}};
        const auto back = parseRows(packRows(rows));
        QVERIFY(back && *back == rows);
        QVERIFY(parseRows(packRows({}))->empty());
        const std::string bytes("\1\0\0\0\2\0\0\0\2\0\0\0hi\xff\xff\xff\xff", 18);
        QCOMPARE(packRows({{"hi", std::nullopt}}), bytes);
    }

    void everyCutAndEverySurplusIsMalformed()
    {
        const std::string whole = packRows({{"one", std::nullopt}, {"two"}});
        for (std::size_t size = 0; size < whole.size(); ++size)
            QCOMPARE(parseRows(whole.substr(0, size)).error().code, ErrorCode::Malformed);
        QCOMPARE(parseRows(whole + '\0').error().code, ErrorCode::Malformed);
        // Counts that no message could hold.
        QCOMPARE(parseRows(std::string(8, '\xff')).error().code, ErrorCode::Malformed);
        QCOMPARE(parseRows(std::string("\1\0\0\0\1\0\0\0\xfe\xff\xff\xff", 12)).error().code, ErrorCode::Malformed);
    }

    void sizes()
    {
        QCOMPARE(parseSize(packSize(0)).value(), std::size_t(0));
        QCOMPARE(parseSize(packSize(kMaxWorkerMessage)).value(), kMaxWorkerMessage);
        QCOMPARE(parseSize(packSize(kMaxWorkerMessage + 1)).error().code, ErrorCode::TooLarge);
        QCOMPARE(parseSize("\1\0").error().code, ErrorCode::Malformed);
        QCOMPARE(parseSize("\1\0\0\0\0").error().code, ErrorCode::Malformed);
    }

    void answers()
    {
        const WorkerRows rows{{"Windows", "10"}, {}};
        QVERIFY(parseAnswer(packAnswer(rows)).value() == rows);
        QVERIFY(parseAnswer(packAnswer(WorkerRows{})).value().empty());
        const auto failed = parseAnswer(packAnswer(fail(ErrorCode::NotAvailable, "no such class")));
        QCOMPARE(failed.error().code, ErrorCode::NotAvailable);
        QCOMPARE(failed.error().message, std::string("no such class"));
        for (const WorkerRows& head : {WorkerRows{}, WorkerRows{{"1"}}, WorkerRows{{"12", "no such code"}},
                 WorkerRows{{"x", ""}}, WorkerRows{{"1", std::nullopt}}})
            QCOMPARE(parseAnswer(packRows(head)).error().code, ErrorCode::Malformed);
    }
};

QTEST_GUILESS_MAIN(WorkerMessageTest)
#include "worker_message_test.moc"
