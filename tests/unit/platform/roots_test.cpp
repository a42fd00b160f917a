// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/roots.h"

#include <QTest>

using sextant::platform::Roots;

class RootsTest : public QObject {
    Q_OBJECT
private slots:
    void init()
    {
        for (const char* name : {"HOST_PROC", "HOST_SYS", "HOST_ROOT"})
            qunsetenv(name);
    }

    void withoutVariablesTheyAreLive()
    {
        const Roots roots = Roots::fromEnvironment();
        QCOMPARE(roots.proc, std::string("/proc"));
        QCOMPARE(roots.sys, std::string("/sys"));
        QCOMPARE(roots.root, std::string("/"));
        QVERIFY(roots.live());
        QCOMPARE(roots.path("/etc/x"), std::string("/etc/x"));
        QCOMPARE(roots.path("/"), std::string("/"));
    }

    void eachVariableReplacesItsRoot()
    {
        qputenv("HOST_PROC", "/host/proc/");
        qputenv("HOST_SYS", "/host/sys");
        qputenv("HOST_ROOT", "/rootfs");
        const Roots roots = Roots::fromEnvironment();
        QCOMPARE(roots.proc, std::string("/host/proc"));
        QCOMPARE(roots.sys, std::string("/host/sys"));
        QCOMPARE(roots.root, std::string("/rootfs"));
        QVERIFY(!roots.live());
        QCOMPARE(roots.path("/"), std::string("/rootfs"));
        QCOMPARE(roots.path("/mnt/data"), std::string("/rootfs/mnt/data"));
    }

    void theRootAloneBringsTheOthers()
    {
        qputenv("HOST_ROOT", "/host");
        const Roots roots = Roots::fromEnvironment();
        QCOMPARE(roots.proc, std::string("/host/proc"));
        QCOMPARE(roots.sys, std::string("/host/sys"));
    }

    void anEmptyVariableIsNone()
    {
        qputenv("HOST_PROC", "");
        qputenv("HOST_ROOT", "/");
        QVERIFY(Roots::fromEnvironment().live());
    }
};

QTEST_GUILESS_MAIN(RootsTest)
#include "roots_test.moc"
