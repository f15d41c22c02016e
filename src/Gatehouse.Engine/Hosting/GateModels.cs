using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Systems;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Listeners;
using Gatehouse.Identity;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Hosting;

/// <summary>Configuration to gate models: certificates, catalogues and owners looked up.</summary>
internal sealed class GateModels(
    ServerCertificates certificates, ImmutableArray<string> certificateNames, string configurationFile, TimeProvider time, ILoggerFactory loggers)
    : IDisposable
{
    private readonly Dictionary<string, FileCertificates> _files = new(StringComparer.Ordinal);

    /// <summary>Makes every model; null with at least one problem when one cannot be made.</summary>
    public IReadOnlyList<GateModel>? Make(NodeConfiguration configuration, ICollection<Problem> problems)
    {
        int before = problems.Count;
        Dictionary<string, Catalogue> own = OwnCatalogues(configuration, problems);
        var models = new List<GateModel>();
        foreach (GateConfiguration gate in configuration.Gates)
        {
            Catalogue? catalogue = null;
            if (gate.Protocol == "http" && !gate.Upstream.StartsWith("builtin:", StringComparison.Ordinal))
            {
                string system = gate.System ?? "http";
                catalogue = own.GetValueOrDefault(system) ?? BuiltInCatalogues.Find(system);
                if (catalogue is null)
                {
                    problems.Add(GateProblems.GateSetting.Because($"gate `{gate.Name}`: no catalogue for system `{gate.System}`"));
                    continue;
                }
            }

            GateModel? model = GateModel.TryCreate(
                gate, catalogue, Listener(configuration, gate, problems), Owners(gate, problems), certificateNames, problems);
            if (model is not null)
            {
                models.Add(model);
            }
        }

        return problems.Count > before ? null : models;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (FileCertificates files in _files.Values)
        {
            files.Dispose();
        }
    }

    private Dictionary<string, Catalogue> OwnCatalogues(NodeConfiguration configuration, ICollection<Problem> problems)
    {
        var catalogues = new Dictionary<string, Catalogue>(StringComparer.Ordinal);
        foreach (CatalogueConfiguration written in configuration.Catalogues)
        {
            string source = written.File is null
                ? configurationFile
                : Path.GetFullPath(written.File, Path.GetDirectoryName(configurationFile)!); // the file's path is absolute
            string text = written.Endpoints ?? File.ReadAllText(source);
            if (Catalogue.Parse(written.Name, text, source, problems) is { } catalogue)
            {
                catalogues[written.Name] = catalogue;
            }
        }

        return catalogues;
    }

    /// <summary>
    /// Whether clients are asked for a certificate. Which realms of the store read them may change; a gate with client authorities of
    /// its own asks for one.
    /// </summary>
    public static bool AsksCertificate(GateConfiguration gate) =>
        gate.Realms.Contains(RealmNames.Pki) || (gate.Protocol is "http" or Words.Mqtt or Words.Ignite && (gate.ClientCaFile is not null || gate.TakesClusterClients));

    private ListenerSettings Listener(NodeConfiguration configuration, GateConfiguration gate, ICollection<Problem> problems)
    {
        bool wantsCertificate = AsksCertificate(gate);
        return new ListenerSettings
        {
            Gate = gate.Name,
            Limits = configuration.Limits,
            Certificates = gate.Tls && gate.Protocol != Words.Swarm ? CertificatesOf(gate, problems) : null,
            TlsProfile = gate.TlsProfile ?? configuration.Tls.Profile,
            TlsVersions = gate.TlsVersions,
            TlsCiphers = gate.TlsCiphers,
            ApplicationProtocols = gate.Protocol == "http" ? ListenerSettings.HttpProtocols : [],
            ClientCertificate = !wantsCertificate ? ClientCertificateMode.None
                : gate.Realms is [RealmNames.Pki] ? ClientCertificateMode.Required
                : ClientCertificateMode.Optional,
            AsksLocalUser = gate.Realms.Contains(RealmNames.Local),
            ProxyProtocolFrom = [.. gate.ProxyProtocolFrom.Select(IPNetwork.Parse)],
        };
    }

    /// <summary>The same object as long as the gate names the same files, so that a reload drops no connection.</summary>
    private ICertificateSource CertificatesOf(GateConfiguration gate, ICollection<Problem> problems)
    {
        if (gate.CertificateFile is null && gate.ClientCaFile is null)
        {
            return certificates;
        }

        string key = string.Join('\n', gate.Name, gate.CertificateFile, gate.KeyFile, gate.ClientCaFile);
        if (!_files.TryGetValue(key, out FileCertificates? files))
        {
            try
            {
                files = new FileCertificates(gate, certificates, time, loggers.CreateLogger<FileCertificates>());
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
            {
                problems.Add(GateProblems.GateSetting.Because($"gate `{gate.Name}`: certificate files cannot be used: {fault.Message}"));
                return certificates;
            }

            _files.Add(key, files);
        }

        return files;
    }

    /// <summary>Default: root, and whoever runs this daemon (that user could read its memory anyway).</summary>
    private static UpstreamOwnerRule Owners(GateConfiguration gate, ICollection<Problem> problems)
    {
        if (gate.RunAs.Contains("any"))
        {
            return UpstreamOwnerRule.Any;
        }

        if (gate.RunAs.IsDefaultOrEmpty)
        {
            return new UpstreamOwnerRule([0, LocalUsers.Own]);
        }

        var allowed = ImmutableArray.CreateBuilder<uint>();
        foreach (string name in gate.RunAs)
        {
            if (LocalUsers.TryFind(name, out uint uid))
            {
                allowed.Add(uid);
            }
            else
            {
                problems.Add(GateProblems.GateSetting.Because($"gate `{gate.Name}`: `run_as` names `{name}`, which is no user of this host"));
            }
        }

        return new UpstreamOwnerRule(allowed.ToImmutable());
    }
}
