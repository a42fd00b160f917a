// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/checked.h"

#include <QTest>

#include <cstdint>

using namespace sextant::metrics;

namespace {

/// What a sum, a difference or a product is, or nothing where it does not fit.
template <typename T, typename Operation>
std::optional<T> resultOf(Operation operation, T a, T b)
{
    T result = 0;
    return operation(a, b, result) ? std::nullopt : std::optional(result);
}

/// Every pair of a type that is small enough, against arithmetic that has room.
template <typename T>
bool everyPairIsRight()
{
    const auto held = [](int exact) {
        return exact == static_cast<T>(exact) ? std::optional(static_cast<T>(exact)) : std::nullopt;
    };
    for (int first = std::numeric_limits<T>::min(); first <= std::numeric_limits<T>::max(); ++first) {
        for (int second = std::numeric_limits<T>::min(); second <= std::numeric_limits<T>::max(); ++second) {
            const auto a = static_cast<T>(first);
            const auto b = static_cast<T>(second);
            const bool right = resultOf(portable::addOverflows<T>, a, b) == held(first + second) &&
                               resultOf(portable::subtractOverflows<T>, a, b) == held(first - second) &&
                               resultOf(portable::multiplyOverflows<T>, a, b) == held(first * second) &&
                               resultOf(addOverflows<T>, a, b) == held(first + second) &&
                               resultOf(subtractOverflows<T>, a, b) == held(first - second) &&
                               resultOf(multiplyOverflows<T>, a, b) == held(first * second);
            if (!right) {
                qWarning("%d and %d", first, second);
                return false;
            }
        }
    }
    return true;
}

} // namespace

class CheckedTest : public QObject {
    Q_OBJECT
private slots:
    void everyPairOfSmallNumbers()
    {
        QVERIFY(everyPairIsRight<std::int8_t>());
        QVERIFY(everyPairIsRight<std::uint8_t>());
    }

    /// int8_t is calculated in int; here it is the type itself that has no more room.
    void theEdgesOfLargeOnes()
    {
        using Limits = std::numeric_limits<std::int64_t>;
        const std::int64_t edges[] = {Limits::min(), Limits::min() + 1, Limits::min() / 2, -3'037'000'500, -3, -2, -1,
            0, 1, 2, 3, 3'037'000'499, 3'037'000'500, Limits::max() / 2, Limits::max() / 2 + 1, Limits::max() - 1,
            Limits::max()};
        for (const std::int64_t a : edges) {
            for (const std::int64_t b : edges) {
                const auto same = [&](auto ours, auto compilers) {
                    return resultOf(ours, a, b) == resultOf(compilers, a, b);
                };
                QVERIFY2(same(portable::addOverflows<std::int64_t>, addOverflows<std::int64_t>) &&
                             same(portable::subtractOverflows<std::int64_t>, subtractOverflows<std::int64_t>) &&
                             same(portable::multiplyOverflows<std::int64_t>, multiplyOverflows<std::int64_t>),
                    qPrintable(QStringLiteral("%1 and %2").arg(a).arg(b)));
            }
        }
    }

    void theResultMayBeAnOperand()
    {
        std::int64_t sum = 40;
        QVERIFY(!addOverflows(sum, std::int64_t{2}, sum));
        QCOMPARE(sum, std::int64_t{42});
    }
};

QTEST_GUILESS_MAIN(CheckedTest)
#include "checked_test.moc"
