using System.Text.RegularExpressions;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>Finds installations: what runs, what packages put in place, what was named.</summary>
internal static partial class EmqxDiscovery
{
    private const string Main = "emqx.conf";
    private static readonly string[] UsualPlaces = ["/etc/emqx/" + Main, "/opt/emqx/etc/" + Main, "/usr/local/emqx/etc/" + Main, "/emqx/etc/" + Main];
    private static readonly string[] Neighbours = ["acl.conf", "base.hocon", "ssl_dist.conf", "vm.args", "emqx.env"];

    /// <summary>All of them, each once.</summary>
    public static IEnumerable<EmqxSubject> Find(IHost host, ExaminationRequest request)
    {
        string[] named = [.. request.Files.SelectMany(path => Named(host, path))];
        var loader = new EmqxLoader(host, request.Files.FirstOrDefault(static path => path.EndsWith("/emqx.service", StringComparison.Ordinal)));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (ProcessFact process in host.Processes.Where(EmqxProcess.Is))
        {
            EmqxPlaces places = EmqxProcess.PlacesOf(process);
            string file = places.InEtc(Main);
            if (request.Files.IsEmpty || named.Contains(file))
            {
                seen.Add(file);
                yield return loader.Load(places, file, process);
            }
        }

        foreach (string file in request.Files.IsEmpty ? UsualPlaces : named)
        {
            if (host.Look(file) is not null && seen.Add(file))
            {
                yield return loader.Load(EmqxPlaces.OfFile(file), file, process: null);
            }
        }

        foreach (EmqxSubject service in request.Files.SelectMany(path => ComposeFiles(host, path)).Distinct(StringComparer.Ordinal).SelectMany(path => ComposedEmqx.Find(host, path)))
        {
            yield return service;
        }
    }

    private static IEnumerable<string> ComposeFiles(IHost host, string path)
    {
        string plain = path.Length > 1 ? path.TrimEnd('/') : path;
        return host.Look(plain) is { Status.IsFolder: true } ? host.List(plain).Where(name => ComposeName().IsMatch(name)).Select(name => $"{plain.TrimEnd('/')}/{name}") : [path];
    }

    [GeneratedRegex(@"^(docker-)?compose([.-][\w.-]*)?\.ya?ml$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ComposeName();

    // A file of an installation stands for the whole; a folder for what lies in it.
    private static IEnumerable<string> Named(IHost host, string path)
    {
        string plain = path.Length > 1 ? path.TrimEnd('/') : path;
        string name = plain[(plain.LastIndexOf('/') + 1)..];
        if (host.Look(plain) is { Status.IsFolder: true })
        {
            return host.Below(plain).Select(static folder => $"{folder}/{Main}").Where(file => host.Look(file) is { Status.IsFile: true });
        }

        return name == Main ? [plain]
            : Neighbours.Contains(name) ? [$"{plain[..plain.LastIndexOf('/')]}/{Main}"]
            : [];
    }
}
