// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/cgroup.h"

#include <QTest>

#include <vector>

using namespace sextant::platform::parse;

namespace {

const std::string kId = "4f1e5a2b9c3d00112233445566778899aabbccddeeff00112233445566778899";

/// "runtime name" of the container that this path is, or "" for none.
std::string what(const std::string& path)
{
    const auto group = containerOfGroup(path);
    return group ? group->runtime + ' ' + group->name : std::string();
}

} // namespace

class CgroupTest : public QObject {
    Q_OBJECT
private slots:
    void engines()
    {
        const auto runtime = [](const std::string& path) {
            const auto group = containerOfGroup(path);
            return group && group->id == kId && group->name.empty() ? group->runtime : std::string();
        };
        QCOMPARE(runtime("/system.slice/docker-" + kId + ".scope"), std::string("docker"));
        QCOMPARE(runtime("/docker/" + kId), std::string("docker"));
        QCOMPARE(runtime("/machine.slice/libpod-" + kId + ".scope"), std::string("podman"));
        QCOMPARE(runtime("/libpod_parent/libpod-" + kId), std::string("podman"));
        QCOMPARE(runtime("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope"),
            std::string("podman"));
        QCOMPARE(runtime("/system.slice/web.service/libpod-payload-" + kId), std::string("podman"));
        const std::string pod = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/";
        QCOMPARE(runtime(pod + "cri-containerd-" + kId + ".scope"), std::string("containerd"));
        QCOMPARE(runtime(pod + "crio-" + kId + ".scope"), std::string("cri-o"));
        QCOMPARE(runtime("/kubepods/burstable/pod1-2/" + kId), std::string("containerd"));
        QCOMPARE(runtime("/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:" + kId),
            std::string("containerd"));
        QCOMPARE(runtime("/kubepods/besteffort/pod1/crio-" + kId), std::string("cri-o"));
        QCOMPARE(runtime("/system.slice/nerdctl-" + kId + ".scope"), std::string("containerd"));
        QCOMPARE(runtime("/my-own-parent/" + kId), std::string("oci"));
    }

    void noContainers()
    {
        const std::vector<std::string> paths{"", "/", "/docker", "/system.slice/docker.service",
            "/machine.slice/libpod-conmon-" + kId + ".scope", "/system.slice/crio-conmon-" + kId + ".scope",
            "/system.slice/docker-" + kId.substr(1) + ".scope", "/system.slice/docker-" + kId + "0.scope",
            "/system.slice/docker-Z" + kId.substr(1) + ".scope", "/system.slice/other-" + kId + ".scope",
            "/system.slice/docker-.scope", "/lxc.monitor.web", "/lxc.monitor/web", "/lxc", "/lxc/", "/lxc.payload.",
            "/user.slice/session-1.scope", "/machine.slice/machine-qemu\\x2d3\\x2dvm.scope",
            "/machine.slice/other.scope", "/machine.slice/machine-.scope", "/machine.slice/systemd-nspawn@.service",
            kId};
        for (const std::string& path : paths)
            QVERIFY2(!containerOfGroup(path), path.c_str());
    }

    void lxcAndNspawn()
    {
        QCOMPARE(what("/lxc.payload.web"), std::string("lxc web"));
        QCOMPARE(what("/lxc/100"), std::string("lxc 100"));
        QCOMPARE(what("/lxc.payload/web"), std::string("lxc web"));
        QCOMPARE(containerOfGroup("/lxc/100")->id, std::string("/lxc/100"));
        QCOMPARE(what("/machine.slice/systemd-nspawn@web.service"), std::string("nspawn web"));
        QCOMPARE(what("/machine.slice/machine-web\\x2dold.scope"), std::string("nspawn web-old"));
        QCOMPARE(what("/machine.slice/machine-lxc\\x2d42\\x2dweb.scope"), std::string("lxc web"));
        QCOMPARE(what("/lxc/bad\nname\x80"), std::string("lxc bad?name?"));
    }

    void aUserCannotTakeAnothersName()
    {
        QCOMPARE(what("/user.slice/user-1000.slice/user@1000.service/lxc.payload.web"), std::string("lxc web@1000"));
        QCOMPARE(what("/user.slice/user-x.slice/lxc.payload.web"), std::string("lxc web"));
    }

    void kubernetesNames()
    {
        const auto name = parseKubernetesLog("web-5d9c-x2_shop_nginx-proxy-" + kId + ".log");
        QVERIFY(name.has_value());
        QCOMPARE(name->id, kId);
        QCOMPARE(name->name, std::string("shop/web-5d9c-x2/nginx-proxy"));
        const std::vector<std::string> others{".", ".log", kId + ".log", "a_b_c" + kId + ".log", "a_b-" + kId + ".log",
            "a_b_-" + kId + ".log", "_b_c-" + kId + ".log", "a__c-" + kId + ".log", "a_b_c-" + kId,
            "a_b_c-" + kId.substr(1) + ".log"};
        for (const std::string& none : others)
            QVERIFY2(!parseKubernetesLog(none), none.c_str());
    }

    void values()
    {
        const std::string stat = "anon 4096\nfile 8192\nfile_mapped 1\ninactive_file 100\n";
        QCOMPARE(groupValue(stat, "file"), std::optional<std::uint64_t>(8'192));
        QCOMPARE(groupValue(stat, "file_mapped"), std::optional<std::uint64_t>(1));
        QCOMPARE(groupValue(stat, "inactive_file"), std::optional<std::uint64_t>(100));
        QVERIFY(!groupValue(stat, "active_file") && !groupValue("file x\n", "file") && !groupValue("", "file"));
    }

    void limits()
    {
        QCOMPARE(groupLimit("536870912\n"), std::optional<std::uint64_t>(536'870'912));
        QCOMPARE(groupLimit("1152921504606846975"), std::optional<std::uint64_t>((1ULL << 60) - 1));
        for (const char* none : {"max\n", "9223372036854771712\n", "1152921504606846976", "", "-1"})
            QVERIFY2(!groupLimit(none), none);
        QCOMPARE(parseCpuMax("150000 100000\n"), std::optional(1.5));
        for (const char* none : {"max 100000\n", "150000", "150000 0", ""})
            QVERIFY2(!parseCpuMax(none), none);
        QCOMPARE(cpuQuota("50000\n", "100000\n"), std::optional(0.5));
        QVERIFY(!cpuQuota("-1\n", "100000\n"));
    }

    void blockDevices()
    {
        const GroupIo io = parseIoStat("8:0 rbytes=90112 wbytes=299008 rios=22 wios=3 dbytes=0 dios=0\n"
                                       "8:16 \n253:0 rbytes=10 wbytes=x\n");
        QCOMPARE(io.readBytes, std::uint64_t(90'122));
        QCOMPARE(io.writeBytes, std::uint64_t(299'008));
        const GroupIo v1 = parseServiceBytes("8:0 Read 4096\n8:0 Write 512\n8:0 Sync 1\n8:0 Async 2\n8:0 Discard 0\n"
                                             "8:0 Total 4608\n8:16 Read 4\nTotal 4612\n");
        QCOMPARE(v1.readBytes, std::uint64_t(4'100));
        QCOMPARE(v1.writeBytes, std::uint64_t(512));
        QCOMPARE(parseIoStat("").readBytes + parseServiceBytes("Total 0\n").writeBytes, std::uint64_t(0));
    }
};

QTEST_GUILESS_MAIN(CgroupTest)
#include "cgroup_test.moc"
