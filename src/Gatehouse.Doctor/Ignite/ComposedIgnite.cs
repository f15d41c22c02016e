using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Compose;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Ignite;

/// <summary>Nodes that a compose file starts: image, mounted configuration, variables, user, and the ports that it publishes.</summary>
internal sealed class ComposedIgnite
{
    private const string ConfigPath = "/opt/ignite/etc/ignite-config.conf";

    private readonly IHost _host;
    private readonly string _path;
    private readonly ComposeFile _file;

    private ComposedIgnite(IHost host, string path, ComposeFile file)
    {
        _host = host;
        _path = path;
        _file = file;
    }

    private string Folder => _path[.._path.LastIndexOf('/')];

    /// <summary>The nodes of a path, if it is a compose file or a folder with some.</summary>
    public static IEnumerable<IgniteSubject> At(IHost host, string path, IgniteFile? cluster)
    {
        IEnumerable<string> files = host.Look(path) is { Status.IsFolder: true } ? host.List(path).Select(name => $"{path.TrimEnd('/')}/{name}") : [path];
        return files.Where(IsCompose).SelectMany(file => Read(host, file)?.Subjects(cluster) ?? []);
    }

    private static bool IsCompose(string path) =>
        (path.EndsWith(".yml", StringComparison.Ordinal) || path.EndsWith(".yaml", StringComparison.Ordinal)) && path[(path.LastIndexOf('/') + 1)..].Contains("compose", StringComparison.Ordinal);

    // A file that cannot be read names no image, so it is not known to be Ignite's at all.
    private static ComposedIgnite? Read(IHost host, string path)
    {
        try
        {
            return host.Read(path).Bytes is { } bytes ? new ComposedIgnite(host, path, ComposeFile.Read(bytes, path)) : null;
        }
        catch (ProblemException)
        {
            return null;
        }
    }

    private IEnumerable<IgniteSubject> Subjects(IgniteFile? cluster) => _file.Services.Where(static service => NameOf(service) is { } image && image.EndsWith("/ignite", StringComparison.Ordinal)).Select(service => Of(service, cluster));

    private static string? NameOf(ComposeService service) => service.Image.Text?.Split('@')[0] is { } image ? (TagOf(image) is { } tag ? image[..^(tag.Length + 1)] : image) : null;

    private static string? TagOf(string image) => image.LastIndexOf(':') is int colon && colon > image.LastIndexOf('/') ? image[(colon + 1)..] : null;

    private IgniteSubject Of(ComposeService service, IgniteFile? cluster)
    {
        string? version = TagOf(service.Image.Text!.Split('@')[0]) is { } tag && IgniteRelease.Parse(tag) is not null ? tag : null; // Subjects takes those with an image
        IgniteFile? node = NodeOf(service);
        EnvironmentVariables variables = EnvironmentOf(service, out bool isWhole);
        return new IgniteSubject
        {
            Name = $"{_path} ({service.Name})",
            Host = _host,
            Version = version,
            IsIgnite2 = IgniteRelease.Parse(version) is { Major: < 3 },
            Node = node,
            NodeLack = $"service `{service.Name}` runs with the configuration of its image, which is not on this host",
            Cluster = cluster,
            WorkFolder = variables.Find("IGNITE_WORK_DIR")?.Value ?? "/opt/ignite/work",
            JavaFlags = [.. JavaFlag.Of(variables)],
            KnowsJavaFlags = isWhole,
            Account = AccountOf(service),
            Published = service.NetworkMode.IsSet ? null : service.Ports,
            IsContainer = true,
            Layers = ["file"],
        };
    }

    private IgniteFile? NodeOf(ComposeService service)
    {
        foreach (ComposeVolume volume in service.Volumes.Where(static volume => volume.IsPath && !volume.Source.StartsWith('~')))
        {
            string source = OnHost(volume.Source);
            string target = volume.Target.TrimEnd('/');
            if (ConfigPath == target || ConfigPath.StartsWith(target + "/", StringComparison.Ordinal))
            {
                return IgniteFile.Read(_host, source + ConfigPath[target.Length..]);
            }
        }

        Setting? config = service["configs"].Children.FirstOrDefault(static config => config.Child("target")?.Text == ConfigPath);
        if (config?.Child("source")?.Text is not { } name)
        {
            return null;
        }

        Setting given = _file.Settings.Find(SettingPath.Of("configs", name));
        return given.Child("file")?.Text is { } file ? IgniteFile.Read(_host, OnHost(file))
            : given.Child("content")?.Text is { } content ? IgniteFile.Of($"{_path} (configs.{name})", Encoding.UTF8.GetBytes(content), _host.Look(_path))
            : null;
    }

    private string OnHost(string path) => path.StartsWith('/') ? path : $"{Folder}/{(path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path)}";

    private EnvironmentVariables EnvironmentOf(ComposeService service, out bool isWhole)
    {
        try
        {
            EnvironmentVariables variables = service.Environment(path => _host.Read(OnHost(path)).Bytes, null, out ImmutableArray<Remark> remarks);
            isWhole = remarks.IsEmpty && variables.All.All(static variable => variable.Value is not null);
            return variables;
        }
        catch (ProblemException)
        {
            isWhole = false;
            return service.Variables;
        }
    }

    // The image names no user, so without one it is root.
    private static Account? AccountOf(ComposeService service)
    {
        Setting user = service.User;
        if (!IgniteFile.IsGiven(user))
        {
            return new Account(IsRoot: true, "root", Shown.Of(service.Image));
        }

        return user.Text is { } text ? new Account(text.Split(':')[0] is "0" or "root", text, Shown.Of(user)) : null;
    }
}
