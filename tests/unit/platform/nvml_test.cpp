// SPDX-License-Identifier: GPL-3.0-or-later
// NVML by a library that takes its place: the loading, the calls and what they mean.
#include "platform/nvml.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform;

namespace {

const std::string kFake = SEXTANT_FAKE_NVML;

} // namespace

class NvmlTest : public QObject {
    Q_OBJECT
private slots:
    void cleanup() { qunsetenv("SEXTANT_FAKE_NVML"); }

    void twoBoards()
    {
        Nvml nvml({"no-such-library-of-nvidia", kFake});
        QVERIFY(!nvml.isOpen());
        for (int time = 0; time < 2; ++time) { // the session stays
            const auto gpus = nvml.read();
            QVERIFY2(gpus, qPrintable(QString::fromStdString(gpus ? "" : gpus.error().message)));
            QVERIFY(nvml.isOpen());
            QCOMPARE(gpus->size(), std::size_t(2));
            const Gpu& first = gpus->at(0);
            QCOMPARE(first.id, std::string("GPU-8f2d1f6a-0a4e-7c1b-9a55-3f0c9f7d1e02"));
            QCOMPARE(first.name, std::string("NVIDIA H100 80GB HBM3"));
            QCOMPARE(first.usagePercent, std::optional(97.0));
            QCOMPARE(first.memoryBusyPercent, std::optional(41.0));
            QCOMPARE(first.memoryTotal, std::optional<std::uint64_t>(85'520'809'984));
            QCOMPARE(first.memoryUsed, std::optional<std::uint64_t>(70'000'000'000));
            QCOMPARE(first.celsius, std::optional(71.0));
            QCOMPARE(first.watts, std::optional(612.345));
            QCOMPARE(first.wattsLimit, std::optional(700.0));
            QCOMPARE(first.fanPercent, std::optional(30.0));
            QCOMPARE(first.clockHertz, std::optional<std::uint64_t>(1'980'000'000));
            QCOMPARE(first.memoryHertz, std::optional<std::uint64_t>(2'619'000'000));
            const Gpu& second = gpus->at(1);
            QCOMPARE(second.usagePercent, std::optional(0.0)); // idle is known, what it lacks is not
            QCOMPARE(second.clockHertz, std::optional<std::uint64_t>(300'000'000));
            QVERIFY(!second.watts && !second.wattsLimit && !second.fanPercent && !second.memoryHertz);
        }
    }

    void withoutLibraryOrDriver()
    {
        Nvml none({"no-such-library-of-nvidia"});
        QCOMPARE(none.read().error().code, ErrorCode::NotAvailable);
        QCOMPARE(none.read().error().code, ErrorCode::NotAvailable);
        qputenv("SEXTANT_FAKE_NVML", "no-driver");
        Nvml driverless({kFake});
        QCOMPARE(driverless.read().error().code, ErrorCode::NotAvailable);
        qunsetenv("SEXTANT_FAKE_NVML");
        QCOMPARE(driverless.read().error().code, ErrorCode::NotAvailable); // looked for again in ten minutes
        QVERIFY(!driverless.isOpen());
    }

    void aFailureIsToldOnce()
    {
        Nvml nvml({kFake});
        QVERIFY(nvml.read());
        qputenv("SEXTANT_FAKE_NVML", "lost");
        const auto lost = nvml.read();
        QCOMPARE(lost.error().code, ErrorCode::Io);
        QVERIFY(lost.error().message.find("code 15") != std::string::npos);
        QVERIFY(!nvml.isOpen());
        QCOMPARE(nvml.read().error().code, ErrorCode::NotAvailable);
    }
};

QTEST_GUILESS_MAIN(NvmlTest)
#include "nvml_test.moc"
