using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Gatehouse.Engine.Configuration.Cluster;

namespace Gatehouse.Engine.Configuration.Writing;

/// <summary>The <c>mesh</c> mapping: what differs from the defaults.</summary>
internal static class MeshText
{
    /// <summary>Appends it, with nothing where everything is as it is without.</summary>
    public static void Append(StringBuilder text, MeshConfiguration mesh)
    {
        var plain = new MeshConfiguration();
        bool listens = mesh.Listen != plain.Listen;
        if (!listens && mesh.Advertise.IsEmpty && mesh.Services.IsEmpty)
        {
            return;
        }

        text.Append("\n# Between nodes: what programs of this host say to those of others goes through mutual TLS.\nmesh:\n");
        if (listens)
        {
            text.Append($"  listen: {ConfigurationText.Scalar(mesh.Listen)}\n");
        }

        if (!mesh.Advertise.IsEmpty)
        {
            text.Append($"  advertise: {List(mesh.Advertise)}\n");
        }

        text.Append(mesh.Services.IsEmpty ? "" : "  services:\n");
        foreach (MeshServiceConfiguration service in mesh.Services)
        {
            text.Append($"    {service.Name}:\n");
            foreach ((string key, string? value) in Service(service).Where(static p => p.Value is not null))
            {
                text.Append($"      {key}: {value}\n");
            }
        }
    }

    private static IEnumerable<(string Key, string? Value)> Service(MeshServiceConfiguration service) =>
    [
        ("kind", service.Kind),
        ("program", service.Program is { } own ? Quoted(own) : null),
        ("programs", service.Programs.IsEmpty ? null : "{ " + string.Join(", ", service.Programs.Select(static p => $"{Quoted(p.Key)}: {Quoted(p.Value)}")) + " }"),
        ("ports", service.Ports.IsEmpty ? null : Numbers(service.Ports)),
        ("peer_ports", service.PeerPorts.IsEmpty ? null : "{ " + string.Join(", ", service.PeerPorts.Select(static p => $"{Quoted(p.Key)}: {Numbers(p.Value)}")) + " }"),
        ("base", service.Base is { } start ? Number(start) : null),
        ("docker", service.Docker ? "true" : null),
        ("run_as", List(service.RunAs)),
        ("allow_users", List(service.AllowUsers)),
        ("separate", service.IsByPort ? service.Separate : null),
        ("address", service.Address is { } address ? Quoted(address) : null),
    ];

    private static string Numbers(ImmutableArray<int> ports) => "[" + string.Join(", ", ports.Select(Number)) + "]";

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string? List(ImmutableArray<string> values) => values.IsEmpty ? null : "[" + string.Join(", ", values.Select(Quoted)) + "]";

    // Between braces a colon ends a plain word.
    private static string Quoted(string value) =>
        value.Contains(':', StringComparison.Ordinal) ? "'" + value.Replace("'", "''") + "'" : ConfigurationText.Scalar(value);
}
