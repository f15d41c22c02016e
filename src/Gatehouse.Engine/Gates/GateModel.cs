using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Realms;
using Gatehouse.Identity;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;

namespace Gatehouse.Engine.Gates;

/// <summary>A gate's configuration with everything it names looked up. Immutable.</summary>
internal sealed record GateModel
{
    /// <summary>As written.</summary>
    public required GateConfiguration Configuration { get; init; }

    /// <summary>Where it listens.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>How steps 1 to 3 run.</summary>
    public required ListenerSettings Listener { get; init; }

    /// <summary>What its requests mean; null for <c>tcp</c>.</summary>
    public Catalogue? Catalogue { get; init; }

    /// <summary>What it guards.</summary>
    public required UpstreamOptions Upstream { get; init; }

    /// <summary>Who may own the upstream's socket.</summary>
    public required UpstreamOwnerRule Owners { get; init; }

    /// <summary>Whose programs of this host may connect, where that is the login; null elsewhere.</summary>
    public LocalRealm? Local { get; init; }

    /// <summary>Whether it is for local programs, whose processes are their logins.</summary>
    public bool IsLocal => Local is not null;

    /// <summary>Names of the server certificate, accepted in <c>Host</c> where the gate lists none.</summary>
    public ImmutableArray<string> CertificateNames { get; init; } = [];

    /// <summary>The keys of a <c>libp2p-psk</c> gate; null for the others.</summary>
    public SwarmKeys? Swarm { get; init; }

    /// <summary>The gate's name.</summary>
    public string Name => Configuration.Name;

    /// <summary>The system its operations are named in.</summary>
    public string System => Configuration.Protocol is "tcp" or Words.Mqtt or Words.Ignite or Words.Swarm ? Configuration.Protocol : Catalogue?.System ?? "http";

    /// <summary>
    /// Makes a model; null with at least one problem when a setting does not work. Reads the files that the gate names.
    /// </summary>
    /// <param name="configuration">As written.</param>
    /// <param name="catalogue">The catalogue of its system; null for <c>tcp</c> and built-in upstreams.</param>
    /// <param name="listener">Steps 1 to 3, as the composition made them (certificates, TLS profile, client certificates).</param>
    /// <param name="owners">Who may own the upstream's socket.</param>
    /// <param name="certificateNames">Names of the server certificate.</param>
    /// <param name="problems">Where problems are collected.</param>
    public static GateModel? TryCreate(
        GateConfiguration configuration,
        Catalogue? catalogue,
        ListenerSettings listener,
        UpstreamOwnerRule owners,
        ImmutableArray<string> certificateNames,
        ICollection<Problem> problems)
    {
        int before = problems.Count;
        if (!ListenAddress.TryParse(configuration.Listen, out IPEndPoint? listen, out string? why))
        {
            problems.Add(GateProblems.GateSetting.Because($"`{configuration.Listen}` of gate `{configuration.Name}`: {why}"));
        }

        if (!UpstreamAddress.TryParse(configuration.Upstream, out UpstreamAddress? upstream, out why))
        {
            problems.Add(GateProblems.GateSetting.Because($"`{configuration.Upstream}` of gate `{configuration.Name}`: {why}"));
        }

        ImmutableArray<X509Certificate2> authorities = LoadAuthorities(configuration, problems);
        LocalRealm? local = configuration.Realms.Contains(RealmNames.Local, StringComparer.Ordinal)
            ? LocalRealm.Of(configuration.Name, configuration.System, configuration.AllowUsers, problems) : null;
        UpstreamIdentity? identity = UpstreamIdentities.Load(configuration, problems);
        SwarmKeys? swarm = SwarmKeys.Load(configuration, problems);
        if (problems.Count > before)
        {
            swarm?.Dispose();
            return null;
        }

        return new GateModel
        {
            Configuration = configuration,
            Listen = listen!, // no problem above: it parsed
            Listener = listener,
            Catalogue = configuration.Protocol != "http" ? null : catalogue ?? WhoAmIUpstream.Catalogue,
            Owners = owners,
            Local = local,
            CertificateNames = certificateNames,
            Swarm = swarm,
            Upstream = new UpstreamOptions
            {
                Address = upstream!, // likewise
                Authorities = authorities,
                Identity = identity,
                ServerName = configuration.UpstreamServerName,
                Idle = configuration.IdleTimeout,
            },
        };
    }

    /// <summary>Whether a login of realm <c>local</c> may still connect; nothing is said of others.</summary>
    public bool Admits(Principal principal) => principal.Realm != RealmNames.Local || Local?.Admits(principal) == true;

    /// <summary>Whether another model can take over this one's listening socket and live connections.</summary>
    public bool SharesListenerWith(GateModel other) =>
        Listen.Equals(other.Listen)
        && Configuration.Protocol == other.Configuration.Protocol
        && Listener.Certificates == other.Listener.Certificates
        && Listener.TlsProfile == other.Listener.TlsProfile
        && Listener.TlsVersions.SequenceEqual(other.Listener.TlsVersions)
        && Listener.TlsCiphers.SequenceEqual(other.Listener.TlsCiphers)
        && Listener.ClientCertificate == other.Listener.ClientCertificate
        && Listener.Limits == other.Listener.Limits
        && Listener.AsksLocalUser == other.Listener.AsksLocalUser
        && Listener.ProxyProtocolFrom.SequenceEqual(other.Listener.ProxyProtocolFrom)
        && (Configuration.Mqtt?.Transport ?? Words.MqttOverTcp) == (other.Configuration.Mqtt?.Transport ?? Words.MqttOverTcp)
        && Configuration.Upgrade.IsEmpty == other.Configuration.Upgrade.IsEmpty;

    private static ImmutableArray<X509Certificate2> LoadAuthorities(GateConfiguration configuration, ICollection<Problem> problems)
    {
        if (configuration.UpstreamCa is not { } file)
        {
            return [];
        }

        try
        {
            X509Certificate2Collection found = [];
            found.ImportFromPemFile(file);
            if (found.Count > 0)
            {
                return [.. found];
            }

            problems.Add(GateProblems.GateSetting.Because($"`{file}` of gate `{configuration.Name}` holds no certificate"));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            problems.Add(GateProblems.GateSetting.Because($"`{file}` of gate `{configuration.Name}` cannot be read: {fault.Message}"));
        }

        return [];
    }
}
