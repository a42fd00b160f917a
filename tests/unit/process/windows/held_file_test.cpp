// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/private_files.h"
#include "process/windows/wide_text.h"

#include <QDir>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include <windows.h>

#include <thread>

using namespace sextant;
using namespace sextant::process;

/// A file that a scanner holds: it may be read by others, and neither replaced nor deleted.
class HeldFileTest : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_folder;
    [[nodiscard]] std::string path(const char* name) const
    {
        return m_folder.filePath(QString::fromUtf8(name)).toStdString();
    }
    static HANDLE hold(const std::string& file)
    {
        return CreateFileW(wide(file).c_str(), GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING, 0, nullptr);
    }

private slots:
    void isReplacedOnceItIsLetGo()
    {
        const std::string file = path("identity.json");
        QVERIFY(createPrivateFile(file, "before"));
        HANDLE held = hold(file);
        QVERIFY(held != INVALID_HANDLE_VALUE);
        std::thread scanner([held] {
            Sleep(300);
            CloseHandle(held);
        });
        const auto replaced = replacePrivateFile(file, "after");
        scanner.join();
        QVERIFY2(replaced, replaced ? "" : replaced.error().message.c_str());
        QCOMPARE(readPrivateFile(file).value_or("?"), std::string("after"));
    }

    void isGivenUpAfterASecond()
    {
        const std::string file = path("kept.json");
        QVERIFY(createPrivateFile(file, "before"));
        HANDLE held = hold(file);
        QVERIFY(held != INVALID_HANDLE_VALUE);
        QElapsedTimer timer;
        timer.start();
        const auto replaced = replacePrivateFile(file, "after");
        CloseHandle(held);
        QVERIFY(!replaced);
        QVERIFY2(timer.elapsed() < 20'000, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(readPrivateFile(file).value_or("?"), std::string("before"));
        QVERIFY(!QDir(m_folder.path()).exists(QStringLiteral("kept.json.new")));
    }
};

QTEST_GUILESS_MAIN(HeldFileTest)
#include "held_file_test.moc"
