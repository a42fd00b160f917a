// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/theme/palette.h"

#include <algorithm>
#include <cmath>

namespace sextant::console {
namespace {

constexpr std::array<QRgb, 8> kSeries{
    0xFF0072B2, 0xFFE69F00, 0xFF009E73, 0xFFCC79A7, 0xFF56B4E9, 0xFFD55E00, 0xFF7A6FF0, 0xFF8C8C8C};
constexpr double kDarkThemeLift = 0.15;

std::array<QColor, 8> seriesColours(double lift)
{
    std::array<QColor, 8> colours;
    for (std::size_t index = 0; index < kSeries.size(); ++index)
        colours[index] = blend(QColor::fromRgb(kSeries[index]), Qt::white, lift);
    return colours;
}

Palette makeLight()
{
    Palette palette;
    palette.background = QColor(0xF7F8FA);
    palette.surface = QColor(0xFFFFFF);
    palette.raised = QColor(0xFFFFFF);
    palette.line = QColor(0xE3E6EB);
    palette.text = QColor(0x1B1F24);
    palette.quiet = QColor(0x5B6572);
    palette.accent = QColor(0x2F6FEB);
    palette.selection = QColor(0xE3ECFC);
    palette.track = QColor(0xEBEDF1);
    palette.ok = QColor(0x2E9E6B);
    palette.late = QColor(0xC98A00);
    palette.down = QColor(0xD64545);
    palette.okText = QColor(0x1A6F48);
    palette.lateText = QColor(0x835A00);
    palette.downText = QColor(0xBA2F2F);
    palette.shade = QColor(0x5B6572);
    palette.onAccent = QColor(0xFFFFFF);
    palette.series = seriesColours(0);
    return palette;
}

Palette makeDark()
{
    Palette palette;
    palette.background = QColor(0x12151A);
    palette.surface = QColor(0x1A1E25);
    palette.raised = QColor(0x222731);
    palette.line = QColor(0x2A303A);
    palette.text = QColor(0xE6E9EE);
    palette.quiet = QColor(0x98A2B0);
    palette.accent = QColor(0x6C9EFF);
    palette.selection = QColor(0x233147);
    palette.track = QColor(0x2A303A);
    palette.ok = blend(QColor(0x2E9E6B), Qt::white, kDarkThemeLift);
    palette.late = QColor(0xE0A52B);
    palette.down = QColor(0xE5605F);
    palette.okText = QColor(0x5CC596);
    palette.lateText = QColor(0xE5B04A);
    palette.downText = QColor(0xF08685);
    palette.shade = QColor(0x98A2B0);
    palette.onAccent = QColor(0x0E1116);
    palette.series = seriesColours(kDarkThemeLift);
    return palette;
}

double channel(double value)
{
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

double luminance(const QColor& colour)
{
    return 0.2126 * channel(colour.redF()) + 0.7152 * channel(colour.greenF()) + 0.0722 * channel(colour.blueF());
}

} // namespace

QColor Palette::state(HostState state) const
{
    switch (state) {
    case HostState::Ok:
        return ok;
    case HostState::Late:
        return late;
    case HostState::Down:
        return down;
    case HostState::Unknown:
        return quiet;
    }
    return quiet;
}

QColor Palette::stateText(HostState state) const
{
    switch (state) {
    case HostState::Ok:
        return okText;
    case HostState::Late:
        return lateText;
    case HostState::Down:
        return downText;
    case HostState::Unknown:
        return quiet;
    }
    return quiet;
}

const Palette& lightPalette()
{
    static const Palette palette = makeLight();
    return palette;
}

const Palette& darkPalette()
{
    static const Palette palette = makeDark();
    return palette;
}

double contrast(const QColor& first, const QColor& second)
{
    const double a = luminance(first);
    const double b = luminance(second);
    return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

QColor blend(const QColor& under, const QColor& over, double alpha)
{
    const auto mix = [alpha](int low, int high) { return int(std::lround(low + (high - low) * alpha)); };
    return {mix(under.red(), over.red()), mix(under.green(), over.green()), mix(under.blue(), over.blue())};
}

} // namespace sextant::console
