using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Compose;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>EMQX as a service of a compose file.</summary>
internal static class ComposedEmqx
{
    private const string Inside = "/opt/emqx";
    private static readonly string[] Images = ["emqx", "emqx-enterprise", "emqx-ee"];

    /// <summary>Services of a file; none where it is no compose file, or has none.</summary>
    public static IEnumerable<EmqxSubject> Find(IHost host, string path)
    {
        if (Read(host, path) is not { } file)
        {
            yield break;
        }

        foreach (ComposeService service in file.Services)
        {
            (string name, string tag) = Image(service.Image.Text ?? "");
            if (Images.Contains(name))
            {
                yield return Load(host, path, service, tag, name != "emqx");
            }
        }
    }

    private static ComposeFile? Read(IHost host, string path)
    {
        bool isYaml = path.EndsWith(".yml", StringComparison.Ordinal) || path.EndsWith(".yaml", StringComparison.Ordinal);
        if (!isYaml || host.Read(path).Bytes is not { } bytes)
        {
            return null;
        }

        try
        {
            return ComposeFile.Read(bytes, path);
        }
        catch (ProblemException)
        {
            return null; // some other YAML; whoever knows it says what is wrong with it
        }
    }

    private static EmqxSubject Load(IHost host, string path, ComposeService service, string tag, bool isEnterprise)
    {
        string folder = path[..path.LastIndexOf('/')];
        string OnHost(string written) => written.StartsWith('/') ? written : $"{folder}/{(written.StartsWith("./", StringComparison.Ordinal) ? written[2..] : written)}";
        EmqxPlaces places = EmqxPlaces.Folder(Inside, $"{path}:{service.Name}:") with
        {
            Mounts = [.. service.Volumes.Where(static v => v.IsPath).Select(v => new EmqxMount(v.Target.TrimEnd('/'), OnHost(v.Source).TrimEnd('/')))],
        };
        EnvironmentVariables environment;
        string? lost = null;
        try
        {
            environment = service.Environment(written => host.Read(OnHost(written)).Bytes, EnvironmentVariables.Unknown, out ImmutableArray<Remark> remarks);
            lost = remarks.IsEmpty ? null : OnHost(remarks[0].Subject);
        }
        catch (ProblemException fault)
        {
            environment = service.Variables;
            lost = fault.Problem.Location?.Source ?? path;
        }

        return new EmqxLoader(host).Compose(places, $"{path} ({service.Name})", environment, EmqxRelease.Parse(tag), isEnterprise ? true : null, service, lost);
    }

    // `registry:5000/emqx/emqx-enterprise:5.8.6@sha256:...`
    private static (string Name, string Tag) Image(string image)
    {
        string plain = image.Split('@')[0];
        string last = plain[(plain.LastIndexOf('/') + 1)..];
        int colon = last.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (last, "") : (last[..colon], last[(colon + 1)..]);
    }
}
