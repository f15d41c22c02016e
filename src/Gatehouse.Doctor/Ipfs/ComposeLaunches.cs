using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Compose;
using Gatehouse.Doctor.Texts.Units;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Ipfs;

/// <summary>Services of compose files that were named, or lie in a folder that was.</summary>
internal static class ComposeLaunches
{
    /// <summary>All that run an image of the program.</summary>
    public static IEnumerable<Launch> Find(IHost host, ExaminationRequest request, ServiceProgram program)
    {
        foreach (string path in request.Files.SelectMany(file => Files(host, file)).Distinct(StringComparer.Ordinal))
        {
            foreach (Launch launch in host.Read(path).Bytes is { } bytes ? Read(host, path, bytes, program) : [])
            {
                yield return launch;
            }
        }
    }

    private static IEnumerable<string> Files(IHost host, string path)
    {
        string plain = path.Length > 1 ? path.TrimEnd('/') : path;
        return host.Look(plain) is { Status.IsFolder: true } ? host.List(plain).Select(name => $"{plain.TrimEnd('/')}/{name}").Where(IsCompose) : IsCompose(plain) ? [plain] : [];
    }

    private static bool IsCompose(string path)
    {
        string name = Path.GetFileName(path);
        return name.Contains("compose", StringComparison.Ordinal) && Path.GetExtension(name) is ".yml" or ".yaml";
    }

    private static ImmutableArray<Launch> Read(IHost host, string path, byte[] bytes, ServiceProgram program)
    {
        string folder = Path.GetDirectoryName(path) ?? "/";
        try
        {
            EnvironmentVariables? shell = host.Read($"{folder}/.env").Bytes is { } variables ? EnvFile.Read(variables, $"{folder}/.env", EnvSyntax.Compose).Variables : null;
            return [.. ComposeFile.Read(bytes, path, shell).Services.Where(service => program.IsIn(service.Image.Text)).Select(service => Make(host, path, folder, service, shell, program))];
        }
        catch (ProblemException fault)
        {
            return program.Images.Any(image => bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(image)) >= 0) ? [Launch.Unread(path, fault, program) with { Image = program.Images[0] }] : [];
        }
    }

    private static Launch Make(IHost host, string path, string folder, ComposeService service, EnvironmentVariables? shell, ServiceProgram program)
    {
        var environment = StartEnvironment.Read(host, path, read => (service.Environment(read, shell, out ImmutableArray<Remark> remarks), remarks));
        return new Launch
        {
            Arguments = service.Command is { IsEmpty: false } words ? [program.Name, .. words] : [program.Name, program.Command],
            Environment = environment.Variables,
            Gap = environment.Gap,
            Place = path,
            Part = service.Name,
            Line = service.Image.Origin?.Line ?? 0,
            WorkingDirectory = "/",
            Image = service.Image.Text,
            Published = service.NetworkMode.Text == "host" ? null : service.Ports,
            Mounts = [.. service.Volumes.Where(static v => v.IsPath && v.Source[0] != '~').Select(v => (v.Target.TrimEnd('/'), Path.GetFullPath(v.Source, folder))).OrderByDescending(static m => m.Item1.Length)],
        };
    }
}
