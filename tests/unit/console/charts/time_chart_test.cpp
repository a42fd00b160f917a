// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/charts/time_chart.h"
#include "console/charts/time_window.h"
#include "console/theme/theme.h"

#include <QApplication>
#include <QImage>
#include <QSignalSpy>
#include <QTest>

#include <cmath>

using namespace sextant::console;

class TimeChartTest : public QObject {
    Q_OBJECT

private:
    static std::vector<Bucket> wave(int count)
    {
        std::vector<Bucket> buckets;
        for (int index = 0; index < count; ++index) {
            const double value = 50 + 40 * std::sin(index / 20.0);
            buckets.push_back({index * 1'000LL, value - 5, value, value + 5, 1});
        }
        return buckets;
    }

private slots:
    void drawsLinesOfItsColourAtMostTwoPointsAPixel()
    {
        Theme theme(*qApp);
        TimeWindow window;
        window.setNow(10'000'000);
        window.zoomTo({0, 10'000'000});
        TimeChart chart(theme, window);
        chart.resize(600, 300);
        chart.setMeasure(Measure::Percent);
        chart.setSeries({{QStringLiteral("a"), QStringLiteral("a"), QColor(0, 114, 178), wave(10'000)}}, 1'000, 5'000);
        const QImage picture = chart.grab().toImage();
        QVERIFY(chart.paintedPoints() > 100);
        QVERIFY(chart.paintedPoints() <= std::size_t(2 * (chart.plotWidth() + 2)));
        int inked = 0;
        for (int x = 80; x < 560; ++x) {
            for (int y = 40; y < 200; ++y)
                inked += picture.pixelColor(x, y).blue() - picture.pixelColor(x, y).red() > 100 ? 1 : 0;
        }
        QVERIFY2(inked > 400, qPrintable(QString::number(inked)));
    }

    void draggingZoomsAndDoubleClickGoesBack()
    {
        Theme theme(*qApp);
        TimeWindow window;
        window.setNow(3'600'000);
        TimeChart chart(theme, window);
        chart.resize(600, 300);
        chart.setSeries({{QStringLiteral("a"), QStringLiteral("a"), Qt::red, wave(3'600)}}, 1'000, 5'000);
        chart.show();
        const TimeSpan before = window.span();
        QSignalSpy jumps(&window, &TimeWindow::jumped);
        QTest::mousePress(&chart, Qt::LeftButton, {}, {150, 100});
        QTest::mouseMove(&chart, {250, 100});
        QTest::mouseRelease(&chart, Qt::LeftButton, {}, {250, 100});
        QCOMPARE(jumps.count(), 1);
        QVERIFY(!window.isLive());
        QVERIFY(window.span().length() < before.length() / 3);
        QTest::mouseDClick(&chart, Qt::LeftButton, {}, {150, 100});
        QVERIFY(window.isLive());
        QCOMPARE(window.span(), before);
    }

    void aClickInTheLegendIsolates()
    {
        Theme theme(*qApp);
        TimeWindow window;
        window.setNow(3'600'000);
        TimeChart chart(theme, window);
        chart.resize(600, 300);
        chart.setSeries({{QStringLiteral("a"), QStringLiteral("a"), Qt::red, wave(3'600)},
                            {QStringLiteral("b"), QStringLiteral("b"), Qt::green, wave(3'600)}},
            1'000, 5'000);
        chart.renderCache();
        const std::size_t both = chart.paintedPoints();
        const QPoint first(60, chart.height() - 12 - chart.legendHeight() + 16 + 9);
        QTest::mouseClick(&chart, Qt::LeftButton, {}, first);
        chart.renderCache();
        QCOMPARE(chart.paintedPoints(), both / 2);
        QTest::mouseClick(&chart, Qt::LeftButton, Qt::ControlModifier, first + QPoint(0, 18));
        chart.renderCache();
        QCOMPARE(chart.paintedPoints(), both);
    }

    void theLiveEdgeMovesAndPausesWhenZoomed()
    {
        TimeWindow window;
        window.setNow(10'000'000);
        window.setPreset(900'000);
        window.setNow(10'001'000);
        QCOMPARE(window.span(), (TimeSpan{9'101'000, 10'001'000}));
        window.zoomTo({9'500'000, 9'600'000});
        window.setNow(10'002'000);
        QCOMPARE(window.span(), (TimeSpan{9'500'000, 9'600'000}));
        window.zoomTo({9'550'000, 9'550'010});
        QCOMPARE(window.span().length(), TimeWindow::kShortest);
        window.zoomBack();
        window.zoomBack();
        QCOMPARE(window.span(), (TimeSpan{9'102'000, 10'002'000}));
    }
};

QTEST_MAIN(TimeChartTest)
#include "time_chart_test.moc"
