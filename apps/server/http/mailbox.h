// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/response.h"

#include <QByteArray>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

namespace sextant::server::http {

/// Letters from any thread to the connections of one worker. The worker is woken once per batch of letters, however
/// many answers a group commit lets go at the same moment. Shared by the worker and all who may still answer; after
/// close() letters are thrown away. Thread-safe.
class Mailbox {
public:
    struct Answer {
        std::uint64_t exchange;
        Response response;
    };
    struct StreamBytes {
        std::shared_ptr<const QByteArray> bytes;
    };
    struct StreamEnd {};
    struct Letter {
        std::uint64_t connection;
        std::variant<Answer, StreamBytes, StreamEnd> content;
    };

    /// `wake` is called (from the posting thread) when the box was empty.
    explicit Mailbox(std::function<void()> wake);

    void post(Letter letter);
    [[nodiscard]] std::vector<Letter> takeAll();
    /// After this neither letters nor wake calls happen.
    void close();

private:
    std::mutex m_mutex;
    std::vector<Letter> m_letters;
    std::function<void()> m_wake;
};

} // namespace sextant::server::http
