// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/folders.h"
#include "process/own_process.h"

#include <QFileInfo>
#include <QtTest>

using namespace sextant;

class OwnProcessTest : public QObject {
    Q_OBJECT
private slots:
    void variablesAreThoseWithThePrefix()
    {
        QVERIFY(qputenv("SEXTANT_TEST_TEXT", "a=b, c"));
        QVERIFY(qputenv("OTHER_TEST_TEXT", "no"));
        const auto found = process::environment("SEXTANT_TEST_");
        QCOMPARE(found.size(), std::size_t{1});
        QCOMPARE(found.begin()->first, std::string("SEXTANT_TEST_TEXT"));
        QCOMPARE(found.begin()->second, std::string("a=b, c"));
    }

    void foldersAreAbsoluteAndOfTheProgram()
    {
        const auto config = QString::fromStdString(process::configFile("agent"));
        const auto state = QString::fromStdString(process::stateFolder("agent"));
        QVERIFY(QFileInfo(config).isAbsolute());
        QVERIFY(config.endsWith(QLatin1String("agent.toml")));
        QVERIFY(QFileInfo(state).isAbsolute());
        QVERIFY(state != QString::fromStdString(process::stateFolder("server")));
    }
};

QTEST_GUILESS_MAIN(OwnProcessTest)
#include "own_process_test.moc"
