<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>sextant::console::CertificateProbe</name>
    <message numerus="yes">
        <source>%1 did not answer within %n s.</source>
        <translation>
            <numerusform>%1 did not answer within %n s.</numerusform>
            <numerusform>%1 did not answer within %n s.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Crosshair</name>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sextant::console::FleetPage</name>
    <message numerus="yes">
        <source>%1 of %n host(s)</source>
        <translation>
            <numerusform>%1 of %n host</numerusform>
            <numerusform>%1 of %n hosts</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n host(s)</source>
        <translation>
            <numerusform>%n host</numerusform>
            <numerusform>%n hosts</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>HostCharts</name>
    <message numerus="yes">
        <source>of %n core(s)</source>
        <translation>
            <numerusform>of %n core</numerusform>
            <numerusform>of %n cores</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>the busiest; %n more in grey</source>
        <translation>
            <numerusform>the busiest; %n more in grey</numerusform>
            <numerusform>the busiest; %n more in grey</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>running or waiting tasks, %n core(s)</source>
        <translation>
            <numerusform>running or waiting tasks, %n core</numerusform>
            <numerusform>running or waiting tasks, %n cores</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sextant::console::HostHeader</name>
    <message numerus="yes">
        <source>%n core(s)</source>
        <translation>
            <numerusform>%n core</numerusform>
            <numerusform>%n cores</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Legend</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n more</numerusform>
            <numerusform>%n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sextant::console::MainWindow</name>
    <message numerus="yes">
        <source>trying again in %n s</source>
        <translation>
            <numerusform>trying again in %n s</numerusform>
            <numerusform>trying again in %n s</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sextant::console::Rail</name>
    <message numerus="yes">
        <source>Fleet: %n host(s) in trouble</source>
        <translation>
            <numerusform>Fleet: %n host in trouble</numerusform>
            <numerusform>Fleet: %n hosts in trouble</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sextant::console::Screenshot</name>
    <message numerus="yes">
        <source>%1 within %n s</source>
        <translation>
            <numerusform>%1 within %n s</numerusform>
            <numerusform>%1 within %n s</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>sextant::console::ServerConnection</name>
    <message numerus="yes">
        <source>Too many failed logins. Try again in %n min.</source>
        <translation>
            <numerusform>Too many failed logins. Try again in %n min.</numerusform>
            <numerusform>Too many failed logins. Try again in %n min.</numerusform>
        </translation>
    </message>
</context>
</TS>
