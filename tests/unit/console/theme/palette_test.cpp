// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/theme/palette.h"

#include <QTest>

using namespace sextant::console;

class PaletteTest : public QObject {
    Q_OBJECT

private slots:
    void contrastIsThatOfWcag()
    {
        QCOMPARE(contrast(Qt::black, Qt::white), 21.0);
        QCOMPARE(contrast(Qt::white, Qt::white), 1.0);
        QVERIFY(qAbs(contrast(QColor(0x777777), Qt::white) - 4.48) < 0.01);
    }

    void wordsCanBeRead()
    {
        for (const Palette* palette : {&lightPalette(), &darkPalette()}) {
            for (const QColor& under : {palette->background, palette->surface, palette->raised, palette->selection}) {
                for (const QColor& words :
                    {palette->text, palette->quiet, palette->okText, palette->lateText, palette->downText})
                    QVERIFY2(
                        contrast(words, under) >= 4.5, qPrintable(words.name() + QStringLiteral(" on ") + under.name() +
                                                                  QString::number(contrast(words, under))));
            }
            QVERIFY(contrast(palette->onAccent, palette->accent) >= 4.5);
        }
    }

    void marksCanBeSeen()
    {
        for (const Palette* palette : {&lightPalette(), &darkPalette()}) {
            for (const HostState state : {HostState::Ok, HostState::Down, HostState::Unknown})
                QVERIFY2(
                    contrast(palette->state(state), palette->surface) >= 3, qPrintable(palette->state(state).name()));
            QVERIFY(contrast(palette->accent, palette->surface) >= 3);
        }
    }
};

QTEST_GUILESS_MAIN(PaletteTest)
#include "palette_test.moc"
