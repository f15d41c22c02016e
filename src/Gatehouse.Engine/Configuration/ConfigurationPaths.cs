namespace Gatehouse.Engine.Configuration;

/// <summary>Files that the configuration names are relative to its own folder.</summary>
internal static class ConfigurationPaths
{
    /// <summary>The absolute path of a file named in the configuration at <paramref name="configurationPath"/>.</summary>
    public static string Resolve(string configurationPath, string file) =>
        Path.GetFullPath(file, Path.GetDirectoryName(Path.GetFullPath(configurationPath))!);

    /// <summary>
    /// The configuration as it is put in force: every file with its absolute path, so that nobody depends on the working
    /// directory, and every network with its prefix length.
    /// </summary>
    public static NodeConfiguration InForce(NodeConfiguration written, string configurationPath)
    {
        return written with
        {
            Tls = written.Tls with { FipsModule = Absolute(written.Tls.FipsModule) },
            Store = written.Store with
            {
                Ca = Absolute(written.Store.Ca),
                Certificate = Absolute(written.Store.Certificate),
                Key = Absolute(written.Store.Key),
                Password = Place(written.Store.Password),
            },
            Audit = written.Audit with
            {
                Directory = Absolute(written.Audit.Directory),
                Outputs = [.. written.Audit.Outputs.Select(o => o with
                {
                    Ca = Absolute(o.Ca),
                    CertificateFile = Absolute(o.CertificateFile),
                    KeyFile = Absolute(o.KeyFile),
                    Headers = [.. o.Headers.Select(h => h with { Secret = h.Secret with { File = Absolute(h.Secret.File) } })],
                })],
            },
            Catalogues = [.. written.Catalogues.Select(c => c with { File = Absolute(c.File) })],
            Gates = [.. written.Gates.Select(g => g with
            {
                UpstreamCa = Absolute(g.UpstreamCa),
                UpstreamPassword = Place(g.UpstreamPassword),
                UpstreamApiKey = Place(g.UpstreamApiKey),
                UpstreamCertificate = Absolute(g.UpstreamCertificate),
                UpstreamKey = Absolute(g.UpstreamKey),
                CertificateFile = Absolute(g.CertificateFile),
                KeyFile = Absolute(g.KeyFile),
                ClientCaFile = Absolute(g.ClientCaFile),
                Swarm = g.Swarm is null ? null : g.Swarm with { Keys = [.. g.Swarm.Keys.Select(k => Place(k)!)], UpstreamKey = Place(g.Swarm.UpstreamKey) },
                ProxyProtocolFrom = [.. g.ProxyProtocolFrom.Select(WithPrefix)],
            })],
        };

        SecretReference? Place(SecretReference? secret) => secret is null ? null : secret with { File = Absolute(secret.File) };

        string? Absolute(string? file) => file is null ? null : Resolve(configurationPath, file);
    }

    private static string WithPrefix(string network) =>
        network.Contains('/', StringComparison.Ordinal) ? network : network + (network.Contains(':', StringComparison.Ordinal) ? "/128" : "/32");
}
