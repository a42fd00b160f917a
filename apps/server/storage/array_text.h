// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <functional>

namespace sextant::server {

/// The text of a PostgreSQL array of whole numbers: what `number` gives for each element. It needs no quoting.
template <typename Range, typename Number>
QString arrayOf(const Range& range, Number number)
{
    QStringList elements;
    for (const auto& element : range)
        elements.push_back(QString::number(std::invoke(number, element)));
    return u'{' + elements.join(u',') + u'}';
}

} // namespace sextant::server
