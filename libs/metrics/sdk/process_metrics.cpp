// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/sdk/process_metrics.h"

#include "platform/self.h"

#include <chrono>
#include <memory>

namespace sextant::metrics::sdk {

void addProcessMetrics(Registry& registry)
{
    // A registry runs its collectors one after another, which is what a SelfReader wants.
    registry.addCollector([reader = std::make_shared<platform::SelfReader>()](MetricSink& sink) {
        using Seconds = std::chrono::duration<double>;
        const auto self = reader->read();
        if (!self)
            return;
        sink.single("process_cpu_seconds_total", MetricType::Counter, "CPU time of this process, user and system.",
            Seconds(self->cpuTime).count());
        sink.single("process_resident_memory_bytes", MetricType::Gauge, "Memory of this process that is in RAM.",
            static_cast<double>(self->residentBytes));
        sink.single(
            "process_open_fds", MetricType::Gauge, "Open file descriptors.", static_cast<double>(self->openFiles));
        sink.single("process_threads", MetricType::Gauge, "Threads.", static_cast<double>(self->threads));
        sink.single("process_start_time_seconds", MetricType::Gauge, "When this process was started, Unix time.",
            Seconds(self->started.time_since_epoch()).count());
    });
}

} // namespace sextant::metrics::sdk
