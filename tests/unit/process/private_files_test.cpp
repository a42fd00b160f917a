// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/private_files.h"
#include "unit/process/everybody.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace sextant;
using namespace sextant::process;

class PrivateFilesTest : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_folder;
    [[nodiscard]] std::string path(const char* name) const
    {
        return m_folder.filePath(QString::fromUtf8(name)).toStdString();
    }

private slots:
    void whatWasWrittenIsRead()
    {
        const std::string bytes = std::string("a\0b\r\n", 5) + std::string(100'000, 'x');
        QVERIFY(createPrivateFile(path("new"), bytes));
        QCOMPARE(readPrivateFile(path("new")).value_or("?"), bytes);
    }

    void theNameMayBeAnything()
    {
        const std::string name = path("Schlüssel 鍵.key");
        QVERIFY(createPrivateFile(name, "key"));
        QCOMPARE(readPrivateFile(name).value_or("?"), std::string("key"));
        QVERIFY(QFile::exists(QString::fromStdString(name)));
    }

    void aFileThatIsThereIsNotTouched()
    {
        QVERIFY(createPrivateFile(path("there"), "first"));
        const auto again = createPrivateFile(path("there"), "second");
        QVERIFY(!again);
        QCOMPARE(again.error().code, ErrorCode::Conflict);
        QCOMPARE(readPrivateFile(path("there")).value_or("?"), std::string("first"));
    }

    void replacingChangesTheVersion()
    {
        QCOMPARE(fileVersion(path("state")), std::uint64_t{0});
        QVERIFY(replacePrivateFile(path("state"), "one"));
        const auto first = fileVersion(path("state"));
        QVERIFY(first != 0);
        QCOMPARE(fileVersion(path("state")), first);
        QVERIFY(replacePrivateFile(path("state"), "two"));
        QVERIFY(fileVersion(path("state")) != first);
        QCOMPARE(readPrivateFile(path("state")).value_or("?"), std::string("two"));
        QVERIFY(!QFile::exists(QString::fromStdString(path("state.new"))));
    }

    void whatACrashLeftIsReplaced()
    {
        QVERIFY(createPrivateFile(path("kept.new"), "half of it"));
        QVERIFY(replacePrivateFile(path("kept"), "whole"));
        QCOMPARE(readPrivateFile(path("kept")).value_or("?"), std::string("whole"));
    }

    void theErrorNamesThePath()
    {
        const auto missing = readPrivateFile(path("missing"));
        QVERIFY(!missing);
        QCOMPARE(missing.error().code, ErrorCode::NotFound);
        QVERIFY(missing.error().message.find("missing") != std::string::npos);
    }

    void aLargeFileIsRefused()
    {
        QVERIFY(createPrivateFile(path("large"), std::string((1U << 20) + 1, 'x')));
        const auto large = readPrivateFile(path("large"));
        QVERIFY(!large);
        QCOMPARE(large.error().code, ErrorCode::TooLarge);
    }

    void aFolderIsMadeWithItsParents()
    {
        const std::string folder = path("one/two");
        QVERIFY(preparePrivateFolder(folder));
        QVERIFY(QDir(QString::fromStdString(folder)).exists());
        QVERIFY(preparePrivateFolder(folder)); // again
        QVERIFY(createPrivateFile(path("no-folder"), ""));
        const auto file = preparePrivateFolder(path("no-folder"));
        QVERIFY(!file);
        QCOMPARE(file.error().code, ErrorCode::Conflict);
    }

    void anEmptyFileIsMadeAndOneThatIsThereIsKept()
    {
        QVERIFY(ensurePrivateFile(path("ensured")));
        QCOMPARE(readPrivateFile(path("ensured")).value_or("?"), std::string());
        QVERIFY(replacePrivateFile(path("ensured"), "full"));
        QVERIFY(ensurePrivateFile(path("ensured")));
        QCOMPARE(readPrivateFile(path("ensured")).value_or("?"), std::string("full"));
        QVERIFY(syncFile(path("ensured")));
        QVERIFY(!syncFile(path("missing")));
    }

    void whatOthersMayReadIsRefused()
    {
        QVERIFY(createPrivateFile(path("open"), "key"));
        QVERIFY(letEverybodyRead(path("open")));
        const auto read = readPrivateFile(path("open"));
        QVERIFY(!read);
        QCOMPARE(read.error().code, ErrorCode::Denied);
        QVERIFY(ensurePrivateFile(path("open"))); // closes it
        QCOMPARE(readPrivateFile(path("open")).value_or("?"), std::string("key"));
    }
};

QTEST_GUILESS_MAIN(PrivateFilesTest)
#include "private_files_test.moc"
