// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/worker.h"

namespace sextant::platform {

struct Worker::State {};

Worker::Worker(std::string, std::chrono::milliseconds) {}

Worker::~Worker() = default;

Result<WorkerRows> Worker::ask(const WorkerRow&, std::chrono::milliseconds)
{
    return fail(ErrorCode::NotAvailable, "only Windows has what a worker is asked");
}

void Worker::rest() {}

WorkerVerbs workerVerbs()
{
    return {};
}

std::string ownProgram()
{
    return {};
}

int serveQuestions(const WorkerVerbs&)
{
    return 2;
}

} // namespace sextant::platform
