// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/utmp_file.h"
#include "recorded_host.h"

#include <QTest>

using namespace sextant::platform;
using namespace sextant::platform::parse;

class UtmpFileTest : public QObject {
    Q_OBJECT
private slots:
    void onlyLoginsWithANameCount()
    {
        const std::string bytes = recordedFile("made-big-server", "root/run/utmp");
        QCOMPARE(bytes.size(), 5U * 384U); // a start of the machine, three logins, an ended session
        QCOMPARE(countLogins(bytes, 384), std::uint64_t(3));
    }

    void aRecordCutShortDoesNotCount()
    {
        const std::string bytes = recordedFile("made-big-server", "root/run/utmp");
        QCOMPARE(countLogins(bytes.substr(0, bytes.size() - 1), 384), std::uint64_t(2));
        QCOMPARE(countLogins("", 384), std::uint64_t(0));
    }

    void aSizeThatNoSystemHasCountsNothing() { QCOMPARE(countLogins(std::string(1000, '\x07'), 10), std::uint64_t(0)); }
};

QTEST_GUILESS_MAIN(UtmpFileTest)
#include "utmp_file_test.moc"
