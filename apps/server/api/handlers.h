// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/api/route.h"

namespace sextant::server {

// The handlers of the route table, by subject; each in the file named after the subject. They get a request whose
// credential, method, query names and sizes were checked, and answer through the responder.

// api/health.cpp
http::Response health(Services& services, const Call& call);
http::Response readiness(Services& services, const Call& call);
http::Response exposeMetrics(Services& services, const Call& call);

// api/login.cpp
void logIn(Services& services, Call& call, const http::Responder& responder);
http::Response logOut(Services& services, const Call& call);
http::Response whoAmI(Services& services, const Call& call);

// api/agents.cpp
http::Response enrol(Services& services, const Call& call);
http::Response renewCertificate(Services& services, const Call& call);
http::Response describeHost(Services& services, const Call& call);
void storeBatch(Services& services, Call& call, const http::Responder& responder);

// api/receive.cpp: samples of programs
void receiveRemoteWrite(Services& services, Call& call, const http::Responder& responder);
void receiveInflux(Services& services, Call& call, const http::Responder& responder);
void receivePush(Services& services, Call& call, const http::Responder& responder);
void deletePushed(Services& services, Call& call, const http::Responder& responder);

// api/otlp.cpp
void receiveOtlp(Services& services, Call& call, const http::Responder& responder);

// api/miniobserv.cpp
void receiveMiniObserv(Services& services, Call& call, const http::Responder& responder);
// api/miniobserv_query.cpp
void queryMiniObserv(Services& services, Call& call, const http::Responder& responder);

// api/tinyobs.cpp
void receiveTinyObs(Services& services, Call& call, const http::Responder& responder);
void importTinyObs(Services& services, Call& call, const http::Responder& responder);
// api/tinyobs_query.cpp
void queryTinyObs(Services& services, Call& call, const http::Responder& responder);
void queryTinyObsRange(Services& services, Call& call, const http::Responder& responder);
void executeTinyObs(Services& services, Call& call, const http::Responder& responder);
void exportTinyObs(Services& services, Call& call, const http::Responder& responder);
// api/tinyobs_store.cpp
void listTinyObsMetrics(Services& services, Call& call, const http::Responder& responder);
void describeTinyObsStore(Services& services, Call& call, const http::Responder& responder);
http::Response tinyObsCardinality(Services& services, const Call& call);
http::Response tinyObsStorage(Services& services, const Call& call);

// api/golectra.cpp
void receiveGolectraPath(Services& services, Call& call, const http::Responder& responder);
void receiveGolectraMetric(Services& services, Call& call, const http::Responder& responder);
void receiveGolectraMetrics(Services& services, Call& call, const http::Responder& responder);
void golectraPathValue(Services& services, Call& call, const http::Responder& responder);
void golectraValue(Services& services, Call& call, const http::Responder& responder);
http::Response golectraPing(Services& services, const Call& call);

// api/metricsd.cpp
void receiveMetricsd(Services& services, Call& call, const http::Responder& responder);

// api/spectra.cpp
http::Response registerSpectraAgent(Services& services, const Call& call);
void receiveSpectra(Services& services, Call& call, const http::Responder& responder);
http::Response spectraCommand(Services& services, const Call& call);
http::Response spectraConfig(Services& services, const Call& call);
// api/spectra_agents.cpp
void listSpectraAgents(Services& services, Call& call, const http::Responder& responder);
void showSpectraAgent(Services& services, Call& call, const http::Responder& responder);
// api/spectra_overview.cpp
void spectraStats(Services& services, Call& call, const http::Responder& responder);
void spectraPage(Services& services, Call& call, const http::Responder& responder);
// api/spectra_fleet.cpp
void spectraFleetChart(Services& services, Call& call, const http::Responder& responder);
void spectraHeatmap(Services& services, Call& call, const http::Responder& responder);
void spectraSparklines(Services& services, Call& call, const http::Responder& responder);
// api/spectra_lists.cpp
void spectraProcesses(Services& services, Call& call, const http::Responder& responder);
void spectraServices(Services& services, Call& call, const http::Responder& responder);
void spectraApplications(Services& services, Call& call, const http::Responder& responder);
void spectraUpdates(Services& services, Call& call, const http::Responder& responder);
// api/spectra_charts.cpp
void spectraSystemNow(Services& services, Call& call, const http::Responder& responder);
void spectraChart(Services& services, Call& call, const http::Responder& responder);

// api/hosts.cpp
http::Response overview(Services& services, const Call& call);
http::Response listHosts(Services& services, const Call& call);
http::Response showHost(Services& services, const Call& call);
http::Response removeHost(Services& services, const Call& call);

// api/host_metrics.cpp
void hostMetrics(Services& services, Call& call, const http::Responder& responder);

// api/gaps.cpp
http::Response gaps(Services& services, const Call& call);

// api/series.cpp
http::Response series(Services& services, const Call& call);

// api/snapshots.cpp
http::Response snapshot(Services& services, const Call& call);
http::Response listSnapshots(Services& services, const Call& call);

// api/live.cpp
http::Response live(Services& services, const Call& call);

// api/tokens.cpp
http::Response listTokens(Services& services, const Call& call);
http::Response createToken(Services& services, const Call& call);
http::Response revokeToken(Services& services, const Call& call);

// api/keys.cpp
http::Response listKeys(Services& services, const Call& call);
http::Response createKey(Services& services, const Call& call);
http::Response revokeKey(Services& services, const Call& call);

// api/prometheus_query.cpp
void prometheusQuery(Services& services, Call& call, const http::Responder& responder);
void prometheusQueryRange(Services& services, Call& call, const http::Responder& responder);
void prometheusFormatQuery(Services& services, Call& call, const http::Responder& responder);

// api/prometheus_series.cpp
void prometheusSeries(Services& services, Call& call, const http::Responder& responder);
void prometheusLabels(Services& services, Call& call, const http::Responder& responder);
void prometheusLabelValues(Services& services, Call& call, const http::Responder& responder);
void prometheusStoreStatus(Services& services, Call& call, const http::Responder& responder);
void prometheusFederate(Services& services, Call& call, const http::Responder& responder);

// api/export.cpp
void exportQuery(Services& services, Call& call, const http::Responder& responder);

// api/prometheus_about.cpp
http::Response prometheusMetadata(Services& services, const Call& call);
http::Response prometheusBuildInfo(Services& services, const Call& call);
http::Response prometheusRules(Services& services, const Call& call);
http::Response prometheusAlerts(Services& services, const Call& call);
http::Response prometheusExemplars(Services& services, const Call& call);

} // namespace sextant::server
