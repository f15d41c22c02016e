namespace Gatehouse.Doctor.Facts;

/// <summary>Folders that somebody named, with what lies in them: a file system that was taken elsewhere, a repository of configuration.</summary>
public static class Folders
{
    private const int Deepest = 5;
    private const int Most = 2000;

    /// <summary>The folder and those below it, nearest first; bounded in depth and number.</summary>
    public static IEnumerable<string> Below(this IHost host, string folder)
    {
        var next = new Queue<(string Folder, int Depth)>([(folder.TrimEnd('/'), 0)]);
        for (int i = 0; i < Most && next.TryDequeue(out (string Folder, int Depth) one); i++)
        {
            yield return one.Folder;
            foreach (string inner in one.Depth < Deepest && next.Count < Most ? host.List(one.Folder.Length == 0 ? "/" : one.Folder) : [])
            {
                string path = $"{one.Folder}/{inner}";
                if (host.Look(path) is { Status.IsFolder: true })
                {
                    next.Enqueue((path, one.Depth + 1));
                }
            }
        }
    }
}
