// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/mailbox.h"

#include <utility>

namespace sextant::server::http {

Mailbox::Mailbox(std::function<void()> wake) : m_wake(std::move(wake)) {}

void Mailbox::post(Letter letter)
{
    const std::scoped_lock lock(m_mutex);
    if (!m_wake)
        return;
    m_letters.push_back(std::move(letter));
    if (m_letters.size() == 1)
        m_wake();
}

std::vector<Mailbox::Letter> Mailbox::takeAll()
{
    std::vector<Letter> letters;
    const std::scoped_lock lock(m_mutex);
    letters.swap(m_letters);
    return letters;
}

void Mailbox::close()
{
    std::vector<Letter> letters;
    const std::scoped_lock lock(m_mutex);
    m_wake = nullptr;
    letters.swap(m_letters);
}

} // namespace sextant::server::http
