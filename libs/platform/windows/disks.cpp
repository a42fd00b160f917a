// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/disks.h"

#include "platform/file_system_prober.h"
#include "platform/windows/volumes.h"

#include <utility>

namespace sextant::platform {

struct DisksReader::State {
    explicit State(DisksOptions options_)
        : options(std::move(options_)),
          prober(options.probe ? options.probe : facts.probe(), options.deadline, options.maxStuckThreads)
    {
    }

    const DisksOptions options;
    const VolumeFacts facts;
    FileSystemProber prober;
};

DisksReader::DisksReader(Roots, DisksOptions options) : m_state(std::make_unique<State>(std::move(options))) {}

DisksReader::~DisksReader() = default;

std::size_t DisksReader::stuckThreads() const
{
    return m_state->prober.stuckThreads();
}

Result<DisksReading> DisksReader::read()
{
    auto volumes = listVolumes();
    if (!volumes)
        return tl::unexpected(volumes.error());
    DisksReading reading = probed(std::move(*volumes), m_state->options, m_state->prober);
    for (FileSystem& volume : reading.fileSystems)
        m_state->facts.fillIn(volume);
    return reading;
}

} // namespace sextant::platform
