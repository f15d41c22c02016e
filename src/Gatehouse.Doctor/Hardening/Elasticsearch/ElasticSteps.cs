using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Hardening.Elasticsearch;

/// <summary>What is done by hand, in the order of the manual: an unsecured cluster cannot be secured node by node, and clients come after the nodes.</summary>
internal static class ElasticSteps
{
    /// <summary>Writes them.</summary>
    /// <param name="draft">The plan.</param>
    /// <param name="dialect">Whose words.</param>
    /// <param name="before">The file as it was.</param>
    /// <param name="wishes">What the administrator says.</param>
    /// <param name="hasAuditFile">Whether the plan has OpenSearch's file of the trail.</param>
    public static void Write(PlanDraft draft, ElasticDialect dialect, ConfigDocument before, HardenWishes wishes, bool hasAuditFile)
    {
        draft.Step("Take a snapshot of the data, and keep the backup that --apply names.");
        draft.Step("Apply this on every node of the cluster first, restart none: one CA, a certificate of its own for each node.");
        draft.Step($"Write -Djdk.tls.rejectClientInitiatedRenegotiation=true into {draft.Beside("jvm.options.d/gatehouse.options")}: Java lets clients ask for new handshakes without end.");
        if (!dialect.IsOpenSearch)
        {
            draft.Step("Where stores were used before, take their passwords out on each node, or it does not start: elasticsearch-keystore list, then remove xpack.security.*.ssl.keystore.secure_password and .truststore.secure_password.");
        }

        bool isWindow = Restart(draft, dialect, before.Settings);
        draft.Step(dialect.IsOpenSearch
            ? "Change the passwords of admin, kibanaserver, logstash, readall and snapshotrestore in internal_users.yml. A cluster that never ran: load the whole folder with securityadmin.sh -cd DIR and the administrator's certificate. One that runs: that file alone (-f FILE -t internalusers), and where users were made since, through the API or Dashboards, change passwords there instead, for the file takes the place of all."
            : "Set the passwords of the built-in users elastic, kibana_system, logstash_system and beats_system, on one node: elasticsearch-reset-password -u NAME (7.x: elasticsearch-setup-passwords interactive).");
        if (dialect.IsOpenSearch)
        {
            OpenSearchAudit.Step(draft, hasAuditFile);
        }

        Http(draft, dialect, before.Settings, wishes, isWindow);
        Clients(draft, wishes);
        draft.Step(dialect.IsOpenSearch
            ? "Look whether the audit trail is written: index security-auditlog-*, or where plugins.security.audit.type leads."
            : "With a licence: look whether logs/*_audit.json is written.");
        Addresses(draft, dialect, before.Settings, wishes);
        draft.Renewal("restart one node after the other");
        draft.Step($"gatehouse doctor {draft.File}");
    }

    private static bool Restart(PlanDraft draft, ElasticDialect dialect, SettingTree before)
    {
        bool isOurs = before[$"{dialect.Transport}.{dialect.Certificate}"].Text == ElasticHardener.CertificateFile;
        bool wasSecure = !dialect.IsOpenSearch && before[$"{dialect.Transport}.enabled"].AsBoolean() == true;
        if (isOurs)
        {
            draft.Step("Where this ran on every node before, and they were all started since, restart one node after the other: TLS between nodes stays as it is.");
            return false;
        }

        draft.Step(wasSecure
            ? "Nodes with certificates of another CA cannot talk to these: stop all nodes and start them in one maintenance window."
            : "Stop all nodes and start them in one maintenance window: a node with TLS between nodes cannot talk to one without, so a rolling restart does not do.");
        return true;
    }

    private static void Http(PlanDraft draft, ElasticDialect dialect, SettingTree before, HardenWishes wishes, bool isWindow)
    {
        bool wasOn = before[$"{dialect.Http}.enabled"].AsBoolean() == true;
        if (ElasticHardener.IsHttpLater(wishes))
        {
            draft.Step("HTTP is still in clear, passwords with it: run this without --keep http on every node next, and restart one node after the other.");
        }
        else if (!wasOn && !isWindow)
        {
            draft.Step("HTTP has TLS on each node from its restart on: clients that ask several nodes need both, http and https, until the last one is done.");
        }
        else if (!wasOn)
        {
            draft.Step(dialect.IsOpenSearch
                ? "HTTP has TLS from that window on: have clients ready for https before it."
                : "HTTP has TLS from that window on. Where clients are not ready for https, go in two runs instead: this with --keep http for the window, then without it on every node, and restart one node after the other.");
        }
    }

    private static void Clients(PlanDraft draft, HardenWishes wishes)
    {
        string authority = draft.Beside(ElasticHardener.AuthorityFile);
        string scheme = ElasticHardener.IsHttpLater(wishes) ? "Then point" : "Point";
        draft.Step($"{scheme} Kibana or Dashboards, Logstash, Beats and other clients to https with {authority}, or to the gate.");
        if (wishes.Gate)
        {
            draft.Step($"Tell the gate: upstream: https://127.0.0.1:9200, upstream_ca: {authority}, and a user of its own (upstream_user, upstream_password).");
        }

        draft.Step(wishes.Gate
            ? "Make users and roles: at the gate for everybody behind it, and here one for the gate with no more rights than it hands on."
            : "Make users and roles, or a gate that has them: gatehouse gate add.");
    }

    private static void Addresses(PlanDraft draft, ElasticDialect dialect, SettingTree before, HardenWishes wishes)
    {
        if (dialect.IsOpenSearch)
        {
            draft.Step("Close 9300 to everything but the nodes, for OpenSearch has no address filter of its own: gatehouse firewall --system elasticsearch --nodes HOST,HOST (the ports are the same).");
        }
        else
        {
            ElasticFilter.Steps(draft, before, wishes);
        }
    }
}
