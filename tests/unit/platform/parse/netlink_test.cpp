// SPDX-License-Identifier: GPL-3.0-or-later
#include "made_netlink.h"
#include "platform/parse/netlink.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform::parse;

namespace {

constexpr std::uint16_t kFamily = 0x1c, kMulti = 2, kError = 2, kDone = 3;
constexpr std::uint32_t kSequence = 7;

template <typename T>
T at(const std::vector<std::byte>& bytes, std::size_t offset)
{
    return numberAt<T>(bytes, offset);
}

} // namespace

class NetlinkTest : public QObject {
    Q_OBJECT

private slots:
    void aRequestAsTheKernelReadsIt()
    {
        const std::uint32_t index = 3;
        const std::string_view name = "nl80211";
        const std::vector<std::byte> bytes = NetlinkRequest{kFamily, 17, true, kSequence,
            {{3, std::as_bytes(std::span(&index, 1))}, {2, std::as_bytes(std::span(name.data(), 8))}}}
                                                 .bytes();
        QCOMPARE(bytes.size(), std::size_t(16 + 4 + 8 + 12));
        QCOMPARE(at<std::uint32_t>(bytes, 0), std::uint32_t(bytes.size()));
        QCOMPARE(at<std::uint16_t>(bytes, 4), kFamily);
        QCOMPARE(at<std::uint16_t>(bytes, 6), std::uint16_t(0x301)); // request, dump
        QCOMPARE(at<std::uint32_t>(bytes, 8), kSequence);
        QCOMPARE(at<std::uint32_t>(bytes, 12), 0U);
        QCOMPARE(at<std::uint8_t>(bytes, 16), std::uint8_t(17));
        QCOMPARE(at<std::uint16_t>(bytes, 20), std::uint16_t(8));
        QCOMPARE(at<std::uint16_t>(bytes, 22), std::uint16_t(3));
        QCOMPARE(at<std::uint32_t>(bytes, 24), index);
        QCOMPARE(textAt(bytes, 32, 8), std::string(name));
    }

    void attributes()
    {
        MadeAttributes inner;
        inner.add<std::uint8_t>(1, 5);
        MadeAttributes made;
        made.add(4, std::string_view("wlan0\0", 6)).add<std::uint32_t>(3, 9).add(21, inner);
        QCOMPARE(numberOf<std::uint32_t>(made.bytes(), 3), std::optional(9U));
        QVERIFY(!numberOf<std::uint16_t>(made.bytes(), 3)); // of another size
        QVERIFY(!attributeOf(made.bytes(), 5));
        const auto nested = attributeOf(made.bytes(), 21); // whatever its flags
        QVERIFY(nested && numberOf<std::uint8_t>(*nested, 1) == std::optional<std::uint8_t>(5));
        RawBytes rest = made.bytes();
        QCOMPARE(takeAttribute(rest)->value.size(), std::size_t(6)); // without its padding
        QCOMPARE(takeAttribute(rest)->type, std::uint16_t(3));
    }

    void attributesThatLie()
    {
        MadeAttributes made;
        made.add<std::uint32_t>(3, 9);
        QVERIFY(!attributeOf(made.bytes().first(7), 3)); // longer than what is there
        QVERIFY(!attributeOf(made.bytes().first(3), 3));
        const std::array<std::uint16_t, 4> tooShort{3, 3, 8, 3}; // shorter than its own header
        RawBytes rest = std::as_bytes(std::span(tooShort));
        QVERIFY(!takeAttribute(rest));
        const std::array<std::uint16_t, 2> empty{4, 3};
        rest = std::as_bytes(std::span(empty));
        QVERIFY(takeAttribute(rest)->value.empty() && rest.empty());
    }

    void aListOfSeveralDatagrams()
    {
        MadeAttributes first;
        first.add<std::uint32_t>(3, 1);
        MadeDatagram one;
        one.message(kFamily, kMulti, kSequence, first).message(kFamily, kMulti, kSequence - 1, first);
        MadeDatagram two;
        two.message(kFamily, kMulti, kSequence, MadeAttributes()).end(kDone, kSequence, 0);
        NetlinkAnswer answer(kSequence);
        QCOMPARE(answer.take(one.bytes()).value(), false);
        QCOMPARE(answer.take(two.bytes()).value(), true);
        QCOMPARE(answer.error(), 0);
        QCOMPARE(answer.messages().size(), std::size_t(2)); // not the one for an older question
        QCOMPARE(numberOf<std::uint32_t>(answer.messages()[0], 3), std::optional(1U));
        QVERIFY(answer.messages()[1].empty());
    }

    void aSingleMessageEndsByItself()
    {
        NetlinkAnswer answer(kSequence);
        QCOMPARE(answer.take(MadeDatagram().message(16, 0, kSequence, MadeAttributes()).bytes()).value(), true);
        QCOMPARE(answer.messages().size(), std::size_t(1));
    }

    void refusals()
    {
        NetlinkAnswer refused(kSequence);
        QCOMPARE(refused.take(MadeDatagram().end(kError, kSequence, 19).bytes()).value(), true);
        QCOMPARE(refused.error(), 19);
        NetlinkAnswer broken(kSequence); // a list that could not be finished
        QCOMPARE(broken.take(MadeDatagram().end(kDone, kSequence, 95).bytes()).value(), true);
        QCOMPARE(broken.error(), 95);
        NetlinkAnswer other(kSequence);
        QCOMPARE(other.take(MadeDatagram().end(kError, kSequence + 1, 19).bytes()).value(), false);
        QCOMPARE(other.error(), 0);
        NetlinkAnswer odd(kSequence);
        QCOMPARE(odd.take(MadeDatagram().end(kError, kSequence, 1'000'000).bytes()).value(), true);
        QCOMPARE(odd.error(), 0);
        NetlinkAnswer lost(kSequence);
        QCOMPARE(lost.take(MadeDatagram().end(4, kSequence, 0).bytes()).error().code, ErrorCode::Io);
    }

    void whatIsCutIsRefused()
    {
        MadeAttributes attributes;
        attributes.add<std::uint32_t>(3, 1);
        MadeDatagram whole;
        whole.message(kFamily, kMulti, kSequence, attributes);
        for (std::size_t size = 1; size < whole.bytes().size(); ++size) {
            NetlinkAnswer answer(kSequence);
            QCOMPARE(answer.take(whole.bytes().first(size)).error().code, ErrorCode::Malformed);
        }
        std::vector<std::byte> short16(whole.bytes().begin(), whole.bytes().begin() + 16);
        short16[0] = std::byte{16}; // a message without the header of its family
        NetlinkAnswer answer(kSequence);
        QCOMPARE(answer.take(short16).error().code, ErrorCode::Malformed);
    }

    void anAnswerHasALimit()
    {
        constexpr std::size_t kMessage = 32'768;
        const std::vector<std::byte> filler(kMessage - 24);
        MadeAttributes attributes;
        attributes.add(1, RawBytes(filler));
        MadeDatagram datagram;
        datagram.message(kFamily, kMulti, kSequence, attributes);
        QCOMPARE(datagram.bytes().size(), kMessage);
        NetlinkAnswer answer(kSequence);
        for (std::size_t size = kMessage; size <= kNetlinkBytes; size += kMessage)
            QCOMPARE(answer.take(datagram.bytes()).value(), false);
        QCOMPARE(answer.messages().size(), kNetlinkBytes / kMessage);
        QCOMPARE(answer.take(datagram.bytes()).error().code, ErrorCode::TooLarge);
    }
};

QTEST_APPLESS_MAIN(NetlinkTest)
#include "netlink_test.moc"
