// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/windows/windows_error.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform;

class WindowsErrorTest : public QObject {
    Q_OBJECT

private slots:
    void codesAreWhatTheyMeanToAReader_data()
    {
        QTest::addColumn<quint32>("code");
        QTest::addColumn<int>("meaning");
        const auto row = [](const char* name, quint32 code, ErrorCode meaning) {
            QTest::newRow(name) << code << int(meaning);
        };
        row("no such file", 2, ErrorCode::NotFound);
        row("a process that ended", 87, ErrorCode::NotFound);
        row("refused", 5, ErrorCode::Denied);
        row("a driver that does not know the question", 1, ErrorCode::NotAvailable);
        row("a drive without a medium", 21, ErrorCode::NotAvailable);
        row("a volume that was not formatted", 1005, ErrorCode::NotAvailable);
        row("a volume that BitLocker has locked", 0x80310000U, ErrorCode::NotAvailable);
        row("a disk that fails", 1117, ErrorCode::Io);
        row("a damaged volume", 1392, ErrorCode::Io);
    }
    void codesAreWhatTheyMeanToAReader()
    {
        QFETCH(quint32, code);
        QFETCH(int, meaning);
        const Error error = windowsError(code, "D:");
        QCOMPARE(int(error.code), meaning);
        QVERIFY2(error.message.starts_with("cannot read D:: "), error.message.c_str());
        QVERIFY(!error.message.ends_with('\n') && !error.message.ends_with('.'));
    }

    void aStatusIsAnErrorToo()
    {
        QCOMPARE(int(statusError(static_cast<std::int32_t>(0xC0000022), "x").code), int(ErrorCode::Denied));
    }
};

QTEST_GUILESS_MAIN(WindowsErrorTest)
#include "windows_error_test.moc"
