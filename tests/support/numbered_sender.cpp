// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/numbered_sender.h"

#include "metrics/families.h"

#include <array>
#include <chrono>

namespace sextant::test {

using metrics::column;
using metrics::family;

NumberedSender::NumberedSender(const QString& url, const QByteArray& caPem, const TestHost& host, NumberedTimes times)
    : m_url(url), m_caPem(caPem), m_host(host), m_times(times), m_random(static_cast<unsigned>(host.id))
{
}

void NumberedSender::start()
{
    m_thread = std::thread([this] { run(); });
}

void NumberedSender::finish()
{
    m_going = false;
    if (m_thread.joinable())
        m_thread.join();
}

metrics::Batch NumberedSender::batch(std::int64_t number)
{
    const std::int64_t timeMs = m_times.startMs + number * m_times.stepMs;
    const auto intervalMs = static_cast<std::uint32_t>(m_times.stepMs);
    std::array<std::uint8_t, 10> bytes{};
    for (std::uint8_t& byte : bytes)
        byte = static_cast<std::uint8_t>(m_random());
    metrics::Batch batch;
    batch.id = metrics::BatchId::make(timeMs, bytes);
    metrics::Frame cpu(family("cpu"), timeMs, intervalMs);
    cpu.addRow();
    cpu.setCell(0, column("cpu", "user_seconds_total").index, metrics::Value::fixed(number));
    metrics::Frame cores(family("cpu_core"), timeMs, intervalMs);
    for (int core = 0; core < kCores; ++core) {
        const auto row = cores.addRow({std::to_string(core)});
        cores.setCell(row, column("cpu_core", "user_seconds_total").index, metrics::Value::fixed(number));
    }
    metrics::Frame memory(family("memory"), timeMs, intervalMs);
    memory.addRow();
    memory.setCell(0, column("memory", "used_bytes").index, metrics::Value::fixed(number));
    batch.frames = {std::move(cpu), std::move(cores), std::move(memory)};
    return batch;
}

void NumberedSender::run()
{
    HttpsClient client(m_url, m_caPem, m_host.identity);
    for (std::int64_t number = 0; m_going; ++number) {
        const metrics::Batch next = batch(number);
        if (!deliver(client, next))
            return;
        ++m_acknowledged;
        if (m_random() % 16 == 0) {
            ++m_repeats;
            if (!deliver(client, next))
                return;
        }
    }
}

bool NumberedSender::deliver(HttpsClient& client, const metrics::Batch& batch)
{
    constexpr std::chrono::milliseconds kPause{20};
    while (m_going) {
        if (!client.isConnected() && !client.connect(200)) {
            client.disconnect();
            std::this_thread::sleep_for(kPause);
            continue;
        }
        const Answer answer = sendBatch(client, batch);
        if (answer.status == 204)
            return true;
        if (answer.status == 503) {
            ++m_busy;
            std::this_thread::sleep_for(kPause);
            continue;
        }
        ++(answer.status == 0 ? m_cutOff : m_refusals);
        client.disconnect();
    }
    return false;
}

} // namespace sextant::test
