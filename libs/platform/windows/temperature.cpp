// SPDX-License-Identifier: GPL-3.0-or-later
// Source: MSAcpi_ThermalZoneTemperature of Microsoft's acpi driver (root\WMI), for administrators and services only.
#include "platform/temperature.h"

#include "platform/parse/temperature.h"
#include "platform/worker.h"

#include <utility>

namespace sextant::platform {

using std::chrono::steady_clock;

struct TemperatureReader::State {
    Worker worker;
    steady_clock::time_point notBefore{};
    Error absent; ///< why there was none when last asked
};

TemperatureReader::TemperatureReader(Roots roots) : m_state(new State{Worker(std::move(roots.worker)), {}, {}}) {}

TemperatureReader::~TemperatureReader() = default;

Result<TemperatureReading> TemperatureReader::read()
{
    constexpr std::chrono::seconds kDeadline{4};
    constexpr std::chrono::minutes kUntilNextLook{30}; // a machine without zones seldom gets some
    if (steady_clock::now() < m_state->notBefore)
        return tl::unexpected(m_state->absent);
    WorkerRow question{"wmi", "ROOT\\WMI", "MSAcpi_ThermalZoneTemperature"};
    question.insert(question.end(), parse::kThermalZoneColumns.begin(), parse::kThermalZoneColumns.end());
    const auto zones = m_state->worker.ask(question, kDeadline);
    if (zones)
        return TemperatureReading{parse::parseThermalZones(*zones), {}};
    if (zones.error().code == ErrorCode::Busy)
        return fail(ErrorCode::NotAvailable, zones.error().message); // its failure was reported
    if (zones.error().code == ErrorCode::NotAvailable) {
        m_state->absent = zones.error();
        m_state->notBefore = steady_clock::now() + kUntilNextLook;
        m_state->worker.rest();
    }
    return tl::unexpected(zones.error());
}

} // namespace sextant::platform
